import { randomUUID } from 'node:crypto'
import { failure, type Call, type Reply, type Route } from './reply.ts'
import {
  digestOf,
  exceeds,
  isAllowed,
  quotaRefusal,
  registryRoute,
  type Target,
} from './registry-access.ts'
import { findProject, type HarborState } from './state.ts'

/** Blobs of `/v2/` and their uploads (8). */
export function blobRoutes(state: HarborState): readonly Route[] {
  const at = 'blobs/(sha256:[0-9a-f]{64})'
  const upload = 'blobs/uploads/([^/]+)'
  return [
    registryRoute(state, ['GET', at, 'pull'], getBlob),
    registryRoute(state, ['HEAD', at, 'pull'], getBlob),
    registryRoute(state, ['POST', 'blobs/uploads/', 'push'], (call, target) =>
      startUpload(state, call, target),
    ),
    registryRoute(state, ['PATCH', upload, 'push'], (call, _, [id = '']) =>
      addChunk(state, call, id),
    ),
    registryRoute(state, ['PUT', upload, 'push'], (call, target, [id = '']) =>
      endUpload(state, call, target, id),
    ),
  ]
}

function getBlob(_: Call, { project }: Target, [digest = '']: readonly string[]): Reply {
  const body = project.blobs.get(digest)
  if (body === undefined) return failure(404, 'BLOB_UNKNOWN', 'blob unknown to registry')
  const headers = { 'content-type': 'application/octet-stream', 'docker-content-digest': digest }
  return { status: 200, headers, body }
}

function addChunk(state: HarborState, call: Call, id: string): Reply {
  const upload = state.uploads.get(id)
  if (upload === undefined) return failure(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown')
  upload.chunks.push(call.body)
  const location = uploadAddress(call, upload.project.name, upload.repository, id)
  return { status: 202, headers: { location } }
}

/** Mounting needs pull on the source in the same token; where it is not possible the upload begins. */
function startUpload(state: HarborState, call: Call, { project, name }: Target): Reply {
  const mount = call.query.get('mount')
  const from = call.query.get('from')
  const source = from === null ? undefined : findProject(state, from.split('/')[0] ?? '')
  const blob = source?.blobs.get(mount ?? '')
  if (mount !== null && blob !== undefined && isAllowed(state, call, from ?? '', 'pull')) {
    project.blobs.set(mount, blob)
    return { status: 201, headers: { 'docker-content-digest': mount } }
  }
  const id = randomUUID()
  state.uploads.set(id, { project, repository: name, chunks: [] })
  return { status: 202, headers: { location: uploadAddress(call, project.name, name, id) } }
}

const uploadAddress = (call: Call, project: string, name: string, id: string) =>
  `${call.origin}/v2/${project}/${name}/blobs/uploads/${id}?_state=${randomUUID()}`

function endUpload(state: HarborState, call: Call, { project }: Target, id: string): Reply {
  const upload = state.uploads.get(id)
  if (upload === undefined) return failure(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown')
  // Its bytes are taken for a form and are gone.
  if (call.headers['content-type'] === 'application/x-www-form-urlencoded')
    return {
      status: 502,
      headers: { 'content-type': 'text/html' },
      body: Buffer.from('<html>502</html>'),
    }
  const bytes = Buffer.concat([...upload.chunks, call.body])
  const digest = call.query.get('digest') ?? ''
  if (digestOf(bytes) !== digest)
    return failure(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content')
  if (exceeds(project, project.blobs.has(digest) ? 0 : bytes.length)) return quotaRefusal()
  state.uploads.delete(id)
  project.blobs.set(digest, bytes)
  return { status: 201, headers: { 'docker-content-digest': digest } }
}
