import type { Digest } from '#contract/image.ts'
import type { Credential } from './credential.ts'
import { patiently, type Patience } from './patiently.ts'
import { createAuthorization, type Purpose } from './authorization.ts'
import { RegistryError } from './error.ts'
import { digestOf } from './digest-of.ts'
import { readBounded } from './read-bounded.ts'

/** Media types of everything that a digest may name; without them a registry may convert what it serves. */
const accepted = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ')

const timeoutMs = 30_000
const maxManifestBytes = 4 * 1024 * 1024

export interface Manifest {
  /** Computed from the bytes, not taken from a header. */
  readonly digest: Digest
  readonly mediaType: string
  readonly bytes: Uint8Array
}

export interface Referrers {
  /** An image index. */
  readonly bytes: Uint8Array
  /** There are more than this. */
  readonly hasMore: boolean
}

export interface Written {
  /** The registry itself lists the manifest with its subject; otherwise whoever attached it has to. */
  readonly listed: boolean
}

/** The part of the OCI distribution API that the control plane uses, for one registry. */
export interface RegistryClient {
  /**
   * `undefined` when the registry has no such manifest. @throws RegistryError, also when the bytes are not those of the
   * digest that the registry says.
   */
  readManifest(repository: string, reference: string): Promise<Manifest | undefined>
  /** The list of what hangs on a manifest, as the registry keeps it itself; `undefined` when it keeps none. @throws RegistryError */
  readReferrers(repository: string, digest: string): Promise<Referrers | undefined>
  writeManifest(repository: string, reference: string, manifest: Manifest): Promise<Written>
  /** By digest, or a tag alone where the registry does that. What is not there counts as deleted. @throws RegistryError */
  deleteManifest(repository: string, reference: string): Promise<void>
  /** Uploads a small blob, unless the registry has it. @throws RegistryError */
  writeBlob(repository: string, digest: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  /** In bytes; `undefined` when the registry has no such blob. @throws RegistryError */
  sizeOfBlob(repository: string, digest: string): Promise<number | undefined>
  /** Whether the registry itself lists what hangs on an image. @throws RegistryError */
  listsReferrers(repository: string, digest: string): Promise<boolean>
  /** The bytes of a blob as they come; whoever reads them checks them. `signal` ends it also on the way. */
  readBlob(
    repository: string,
    digest: string,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>>
}

interface Init {
  readonly method?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer>
  readonly signal?: AbortSignal
}

type Send = (operation: string, repository: string, path: string, init: Init) => Promise<Response>

function actionOf(method = 'GET'): Purpose['action'] {
  if (method === 'GET' || method === 'HEAD') return 'pull'
  return method === 'DELETE' ? 'delete' : 'push'
}

/** Sends what a registry asked for before, and answers its challenge once. A path that begins with `/` is whole. */
function createSend(base: URL, credential: Credential | undefined, patience?: Patience): Send {
  const authorization = createAuthorization(credential)
  return async (operation, repository, path, init) => {
    const url = new URL(path.startsWith('/') ? path : `/v2/${repository}/${path}`, base)
    const signal = init.signal ?? AbortSignal.timeout(timeoutMs)
    const purpose: Purpose = { repository, action: actionOf(init.method) }
    const ask = async (header: string | undefined) => {
      const headers = { ...init.headers, ...(header && { authorization: header }) }
      return patiently(async () => fetch(url, { ...init, signal, headers }), signal, patience)
    }
    try {
      const reply = await ask(authorization.known(purpose))
      const challenge = reply.headers.get('www-authenticate')
      if (reply.status !== 401 || challenge === null) return reply
      await reply.body?.cancel()
      const header = await authorization.answer(challenge, purpose, signal)
      if (header === undefined) throw new RegistryError(operation, 401)
      return await ask(header)
    } catch (error) {
      if (error instanceof RegistryError) throw error
      throw new RegistryError(operation, undefined, { cause: error })
    }
  }
}

/** A registry that calls its own bytes by another digest is not to be trusted with either. @throws RegistryError */
function requireSame(digest: Digest, { headers, status }: Response): void {
  const told = headers.get('docker-content-digest')
  if (told?.startsWith('sha256:') !== true || told === digest) return
  throw new RegistryError('tell the right digest of a manifest', status)
}

/** A manifest or a list of them; `undefined` when there is none. @throws RegistryError, also when it is too large. */
async function readSmall(send: Send, operation: string, repository: string, path: string) {
  const reply = await send(operation, repository, path, { headers: { accept: accepted } })
  if (!reply.ok) await reply.body?.cancel()
  if (reply.status === 404) return undefined
  if (!reply.ok) throw new RegistryError(operation, reply.status)
  const bytes = await readBounded(operation, reply.body, maxManifestBytes)
  if (bytes === undefined) throw new RegistryError(operation, reply.status)
  return { bytes, reply }
}

async function upload(
  send: Send,
  repository: string,
  digest: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const known = await send('look for blob', repository, `blobs/${digest}`, {
    method: 'HEAD',
    headers: {},
  })
  if (known.ok) return
  const begun = await send('write blob', repository, 'blobs/uploads/', {
    method: 'POST',
    headers: {},
  })
  await begun.body?.cancel()
  const location = begun.headers.get('location')
  if (begun.status !== 202 || location === null) throw new RegistryError('write blob', begun.status)
  // Behind a proxy a registry may give another host than the one that it is reached by.
  const { pathname, searchParams } = new URL(location, 'http://registry')
  searchParams.set('digest', digest)
  const reply = await send('write blob', repository, `${pathname}?${searchParams.toString()}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes,
  })
  await reply.body?.cancel()
  if (!reply.ok) throw new RegistryError('write blob', reply.status)
}

async function listsReferrers(send: Send, repository: string, digest: string): Promise<boolean> {
  const path = `referrers/${digest}`
  const reply = await send('list referrers', repository, path, { headers: {} })
  await reply.body?.cancel()
  if (!reply.ok && reply.status !== 404) throw new RegistryError('list referrers', reply.status)
  return reply.ok
}

export function createRegistryClient(
  base: URL,
  credential?: Credential,
  patience?: Patience,
): RegistryClient {
  const send = createSend(base, credential, patience)
  return {
    readManifest: async (repository, reference) => {
      const read = await readSmall(send, 'read manifest', repository, `manifests/${reference}`)
      if (read === undefined) return undefined
      const { bytes, reply } = read
      const digest = digestOf(bytes)
      requireSame(digest, reply)
      return { digest, mediaType: reply.headers.get('content-type') ?? '', bytes }
    },
    readReferrers: async (repository, digest) => {
      const read = await readSmall(send, 'list referrers', repository, `referrers/${digest}`)
      return read && { bytes: read.bytes, hasMore: read.reply.headers.has('link') }
    },
    writeManifest: async (repository, reference, { bytes, mediaType }) => {
      const reply = await send('write manifest', repository, `manifests/${reference}`, {
        method: 'PUT',
        headers: { 'content-type': mediaType },
        body: bytes.slice(),
      })
      await reply.body?.cancel()
      if (!reply.ok) throw new RegistryError('write manifest', reply.status)
      return { listed: reply.headers.has('oci-subject') }
    },
    deleteManifest: async (repository, reference) => {
      const path = `manifests/${reference}`
      const reply = await send('delete manifest', repository, path, {
        method: 'DELETE',
        headers: {},
      })
      await reply.body?.cancel()
      if (!reply.ok && reply.status !== 404)
        throw new RegistryError('delete manifest', reply.status)
    },
    writeBlob: async (repository, digest, bytes) => upload(send, repository, digest, bytes),
    sizeOfBlob: async (repository, digest) => {
      const head = { method: 'HEAD', headers: {} }
      const reply = await send('look for blob', repository, `blobs/${digest}`, head)
      if (reply.status === 404) return undefined
      if (!reply.ok) throw new RegistryError('look for blob', reply.status)
      return Number(reply.headers.get('content-length'))
    },
    listsReferrers: async (repository, digest) => listsReferrers(send, repository, digest),
    readBlob: async (repository, digest, signal) => {
      const reply = await send('read blob', repository, `blobs/${digest}`, {
        headers: {},
        signal,
      })
      if (reply.ok && reply.body !== null) return reply.body
      await reply.body?.cancel()
      throw new RegistryError('read blob', reply.status)
    },
  }
}
