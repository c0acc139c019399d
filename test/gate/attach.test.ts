import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterEach, expect, it } from 'vitest'
import { parseDigest } from '#contract/image.ts'
import { attach } from '../../worker/registry/attach.ts'
import { createRegistryClient } from '../../worker/registry/client.ts'

const digestOf = (bytes: Uint8Array) =>
  parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`)
const image = Buffer.from('{"schemaVersion":2}')
const subject = digestOf(image)
const tag = subject.replace(':', '-')
const attachment = {
  type: 'application/x-test+json',
  document: { a: 1 },
  annotations: { at: 'now' },
}

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A registry that keeps what it is given. */
async function startRegistry({ lists }: { readonly lists: boolean }) {
  const kept = new Map<string, Buffer>([[`manifests/${subject}`, image]])
  const writes: string[] = []
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://registry')
    const path = pathname.replace('/v2/a/', '')
    const body = await buffer(request)
    if (request.method === 'POST') {
      response.writeHead(202, { location: 'http://elsewhere/v2/a/upload?state=1' }).end()
    } else if (request.method === 'PUT') {
      const name = path === 'upload' ? `blobs/${searchParams.get('digest')}` : path
      writes.push(name)
      kept.set(name, body)
      const reply = lists && body.includes('"subject"') ? { 'oci-subject': subject } : {}
      response.writeHead(201, reply).end()
    } else {
      const found = kept.get(path)
      response.writeHead(found === undefined ? 404 : 200).end(found)
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  servers.push(server)
  const { port } = server.address() as AddressInfo
  const read = (name: string) => JSON.parse(String(kept.get(name))) as Record<string, unknown>
  return { client: createRegistryClient(new URL(`http://127.0.0.1:${port}`)), kept, writes, read }
}

it('names the image as subject of a manifest that holds the document', async () => {
  const { client, read, kept } = await startRegistry({ lists: true })
  const digest = await attach(client, 'a', subject, attachment)
  const manifest = read(`manifests/${digest}`) as { layers: { digest: string }[] }
  expect(manifest).toMatchObject({
    artifactType: attachment.type,
    subject: { digest: subject, size: image.length },
    annotations: { at: 'now' },
    layers: [{ mediaType: attachment.type }],
  })
  expect(read(`blobs/${manifest.layers[0]?.digest}`)).toEqual({ a: 1 })
  expect(kept.has(`manifests/${tag}`)).toBe(false)
})

it('keeps the list where the registry does not, beside what others have put there', async () => {
  const { client, kept, read, writes } = await startRegistry({ lists: false })
  const other = { digest: `sha256:${'f'.repeat(64)}`, size: 1, mediaType: 'x' }
  kept.set(`manifests/${tag}`, Buffer.from(JSON.stringify({ manifests: [other] })))
  const digest = await attach(client, 'a', subject, attachment)
  const listed = { manifests: [other, { digest, artifactType: attachment.type }] }
  expect(read(`manifests/${tag}`)).toMatchObject(listed)
  const before = writes.length
  expect(await attach(client, 'a', subject, attachment)).toBe(digest)
  expect(writes.slice(before)).toEqual([`manifests/${digest}`])
})

it('says that there is no such image', async () => {
  const { client } = await startRegistry({ lists: true })
  const nothing = digestOf(Buffer.from('x'))
  await expect(attach(client, 'a', nothing, attachment)).rejects.toThrow('find the image')
})
