import { createHash } from 'node:crypto'
import { type Digest, parseDigest } from '#contract/image.ts'
import type { SomeHarbor } from './some-harbor.ts'

const manifestType = 'application/vnd.oci.image.manifest.v1+json'

/** Pushes a small image of its own bytes, as any client would. @returns its digest. */
export async function pushImage(
  { url, credential }: Pick<SomeHarbor, 'url' | 'credential'>,
  repository: string,
  { tag, text }: { readonly tag?: string; readonly text: string },
): Promise<Digest> {
  const authorization = `Basic ${btoa(`${credential.username}:${credential.password}`)}`
  const at = (path: string) => new URL(`/v2/${repository}/${path}`, url)
  const pushBlob = async (bytes: Buffer) => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    const begun = await fetch(at('blobs/uploads/'), { method: 'POST', headers: { authorization } })
    if (begun.status !== 202) throw new Error(`upload: ${begun.status} ${await begun.text()}`)
    const target = new URL(begun.headers.get('location') ?? '', url)
    target.searchParams.set('digest', digest)
    const headers = { authorization, 'content-type': 'application/octet-stream' }
    const ended = await fetch(target, { method: 'PUT', headers, body: new Uint8Array(bytes) })
    if (ended.status !== 201) throw new Error(`blob: ${ended.status} ${await ended.text()}`)
    return { digest, size: bytes.length }
  }
  const configuration = {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [] },
  }
  const config = await pushBlob(Buffer.from(JSON.stringify(configuration)))
  const layer = await pushBlob(Buffer.from(text))
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer }],
  })
  const digest = parseDigest(`sha256:${createHash('sha256').update(manifest).digest('hex')}`)
  const headers = { authorization, 'content-type': manifestType }
  const put = await fetch(at(`manifests/${tag ?? digest}`), {
    method: 'PUT',
    headers,
    body: manifest,
  })
  if (put.status !== 201) throw new Error(`manifest: ${put.status} ${await put.text()}`)
  return digest
}
