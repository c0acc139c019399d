import { createHash } from 'node:crypto'
import type { RegistryAddress } from '../components/registry.ts'

const timeoutMs = 60_000

/** Pushes an image of one layer through the registry's HTTP API. @returns the digest of its manifest. */
export async function pushImage(
  registry: RegistryAddress,
  {
    repository,
    tag,
    layer,
    config,
  }: { repository: string; tag: string; layer: Buffer; config: object },
): Promise<string> {
  const configBytes = Buffer.from(JSON.stringify(config))
  await pushBlob(registry, repository, layer)
  await pushBlob(registry, repository, configBytes)
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: describe('application/vnd.oci.image.config.v1+json', configBytes),
      layers: [describe('application/vnd.oci.image.layer.v1.tar+gzip', layer)],
    }),
  )
  const type = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }
  await request(registry, 'PUT', `/v2/${repository}/manifests/${tag}`, type, manifest)
  return digestOf(manifest)
}

/** Digest of what a tag points at; `undefined` when it points at nothing. */
export async function readTag(
  registry: RegistryAddress,
  repository: string,
  tag: string,
): Promise<string | undefined> {
  const reply = await request(registry, 'HEAD', `/v2/${repository}/manifests/${tag}`, {
    accept: 'application/vnd.oci.image.manifest.v1+json',
  })
  return reply.status === 404
    ? undefined
    : (reply.headers.get('docker-content-digest') ?? undefined)
}

async function pushBlob(
  registry: RegistryAddress,
  repository: string,
  bytes: Buffer,
): Promise<void> {
  const started = await request(registry, 'POST', `/v2/${repository}/blobs/uploads/`, {})
  const location = new URL(started.headers.get('location') ?? '', registry.url)
  location.searchParams.set('digest', digestOf(bytes))
  const type = { 'content-type': 'application/octet-stream' }
  await request(registry, 'PUT', `${location.pathname}${location.search}`, type, bytes)
}

async function request(
  { url, username, password }: RegistryAddress,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: Buffer,
): Promise<Response> {
  const reply = await fetch(new URL(path, url), {
    method,
    signal: AbortSignal.timeout(timeoutMs),
    headers: { ...headers, authorization: `Basic ${btoa(`${username}:${password}`)}` },
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  })
  await reply.body?.cancel()
  if (reply.ok || (method === 'HEAD' && reply.status === 404)) return reply
  throw new Error(`the registry answered ${reply.status} to ${method} ${path.split('?')[0]}`)
}

function describe(mediaType: string, bytes: Buffer) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
