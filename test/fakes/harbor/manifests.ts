import { failure, json, type Call, type Reply, type Route } from './reply.ts'
import { digestOf, exceeds, quotaRefusal, registryRoute, type Target } from './registry-access.ts'
import { type HarborState, isImmutable } from './state.ts'

/** Manifests, tags and referrers of `/v2/` (8). */
export function manifestRoutes(state: HarborState): readonly Route[] {
  const at = 'manifests/([^/]+)'
  return [
    registryRoute(state, ['GET', at, 'pull'], getManifest),
    registryRoute(state, ['HEAD', at, 'pull'], getManifest),
    registryRoute(state, ['PUT', at, 'push'], (call, target, [reference = '']) =>
      putManifest(state, call, target, reference),
    ),
    registryRoute(state, ['DELETE', at, 'delete'], deleteManifest),
    registryRoute(state, ['GET', 'tags/list', 'pull'], listTags),
    registryRoute(state, ['GET', 'referrers/(sha256:[0-9a-f]{64})', 'pull'], referrers),
  ]
}

function deleteManifest(
  _: Call,
  { project, name, repository }: Target,
  [reference = '']: readonly string[],
): Reply {
  if (!reference.startsWith('sha256:'))
    return failure(400, 'UNSUPPORTED', 'The operation is unsupported')
  const tags = [...(repository?.tags ?? [])].filter(([, digest]) => digest === reference)
  const fixed = tags.find(([tag]) => isImmutable(project, name, tag))
  if (fixed !== undefined) {
    const words = `Failed to process request due to '${name}:${fixed[0]}' configured as immutable.`
    return failure(412, 'PRECONDITION', words)
  }
  for (const [tag] of tags) repository?.tags.delete(tag)
  const deleted = repository?.artifacts.delete(reference) === true
  return deleted ? { status: 202 } : failure(404, 'MANIFEST_UNKNOWN', 'manifest unknown')
}

function listTags(_: Call, { project, name, repository }: Target): Reply {
  if (repository === undefined) return failure(404, 'NOT_FOUND', 'repository not found')
  return json({ name: `${project.name}/${name}`, tags: [...repository.tags.keys()].toSorted() })
}

/** A type that is not in Accept is not served: `*` `/*` counts for nothing. With `prevent_vul` nothing unsafe is (5). */
function getManifest(
  call: Call,
  { project, repository }: Target,
  [reference = '']: readonly string[],
): Reply {
  const artifact = repository?.artifacts.get(repository.tags.get(reference) ?? reference)
  if (artifact === undefined) return failure(404, 'MANIFEST_UNKNOWN', 'manifest unknown')
  if (!(call.headers['accept'] ?? '').includes(artifact.mediaType)) {
    return failure(
      404,
      'MANIFEST_UNKNOWN',
      'OCI manifest found, but accept header does not support OCI manifests',
    )
  }
  if (project.metadata['prevent_vul'] === 'true' && artifact.scan?.status !== 'Success') {
    return failure(
      412,
      'PROJECTPOLICYVIOLATION',
      'current image without vulnerability scanning cannot be pulled',
    )
  }
  const headers = { 'content-type': artifact.mediaType, 'docker-content-digest': artifact.digest }
  return { status: 200, headers, body: artifact.bytes }
}

interface ManifestBody {
  readonly mediaType?: string
  readonly artifactType?: string
  readonly config?: { readonly digest: string; readonly mediaType: string }
  readonly layers?: readonly { readonly digest: string }[]
  readonly subject?: { readonly digest: string }
}

function putManifest(state: HarborState, call: Call, target: Target, reference: string): Reply {
  const { project, name } = target
  const digest = digestOf(call.body)
  const byDigest = reference.startsWith('sha256:')
  if (byDigest && reference !== digest)
    return failure(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content')
  const manifest = JSON.parse(call.body.toString()) as ManifestBody
  const missing = [manifest.config, ...(manifest.layers ?? [])].find(
    (one) => one !== undefined && !project.blobs.has(one.digest),
  )
  if (missing !== undefined)
    return failure(400, 'MANIFEST_BLOB_UNKNOWN', `blob unknown to registry: ${missing.digest}`)
  const repository = target.repository ?? { artifacts: new Map(), tags: new Map() }
  // The same bytes are refused as well.
  if (!byDigest && repository.tags.has(reference) && isImmutable(project, name, reference)) {
    return failure(
      412,
      'PRECONDITION',
      `Failed to process request due to '${name}:${reference}' configured as immutable.`,
    )
  }
  if (exceeds(project, repository.artifacts.has(digest) ? 0 : call.body.length))
    return quotaRefusal()
  project.repositories.set(name, repository)
  if (!repository.artifacts.has(digest)) {
    repository.artifacts.set(digest, {
      id: state.nextId(),
      digest,
      mediaType: call.headers['content-type'] ?? manifest.mediaType ?? '',
      bytes: call.body,
      pushed: new Date().toISOString(),
      artifactType: manifest.artifactType ?? (manifest.subject && manifest.config?.mediaType),
      subject: manifest.subject?.digest,
      scan: undefined,
    })
  }
  if (!byDigest) repository.tags.set(reference, digest)
  const location = `${call.origin}/v2/${project.name}/${name}/manifests/${digest}`
  const subject = manifest.subject === undefined ? {} : { 'oci-subject': manifest.subject.digest }
  return { status: 201, headers: { 'docker-content-digest': digest, location, ...subject } }
}

/** Also of subjects that were not pushed yet. */
function referrers(call: Call, { repository }: Target, [digest = '']: readonly string[]): Reply {
  const wanted = call.query.get('artifactType')
  const found = [...(repository?.artifacts.values() ?? [])].filter(
    ({ subject, artifactType }) =>
      subject === digest && (wanted === null || wanted === artifactType),
  )
  const manifests = found.map((one) => ({
    mediaType: one.mediaType,
    digest: one.digest,
    size: one.bytes.length,
    artifactType: one.artifactType,
  }))
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  return json({ schemaVersion: 2, mediaType, manifests }, 200, {
    'content-type': mediaType,
    ...(wanted !== null && { 'oci-filters-applied': 'artifactType' }),
  })
}
