import { createHash } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { parseDigest } from '#contract/image.ts'
import { attach } from '../../registry/attach.ts'
import { startManifestRegistry } from '../fakes/manifest-registry.ts'

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

const alone = async (write: () => Promise<void>) => write()

type Options = Parameters<typeof startManifestRegistry>[1]

const started: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of started.splice(0)) await one[Symbol.asyncDispose]()
})

async function startRegistry(options: Options) {
  const registry = await startManifestRegistry('a', options)
  registry.kept.set(`manifests/${subject}`, image)
  started.push(registry)
  return registry
}

it('names the image as subject of a manifest that holds the document', async () => {
  const { client, read, kept } = await startRegistry({ lists: true })
  const digest = await attach(client, 'a', subject, attachment, alone)
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
  const digest = await attach(client, 'a', subject, attachment, alone)
  const listed = { manifests: [other, { digest, artifactType: attachment.type }] }
  expect(read(`manifests/${tag}`)).toMatchObject(listed)
  const before = writes.length
  expect(await attach(client, 'a', subject, attachment, alone)).toBe(digest)
  expect(writes.slice(before)).toEqual([`manifests/${digest}`])
})

it('is written again when a stranger has written the list without it meanwhile', async () => {
  const stranger = { digest: `sha256:${'e'.repeat(64)}`, size: 1, mediaType: 'x' }
  let strangers = 1
  const onWrite = (name: string, kept: Map<string, Buffer>) => {
    if (name !== `manifests/${tag}` || strangers === 0) return
    strangers -= 1
    kept.set(name, Buffer.from(JSON.stringify({ manifests: [stranger] })))
  }
  const { client, read } = await startRegistry({ lists: false, onWrite })
  const digest = await attach(client, 'a', subject, attachment, alone)
  expect(read(`manifests/${tag}`)).toMatchObject({ manifests: [stranger, { digest }] })
  strangers = 9
  const other = { ...attachment, document: { a: 2 } }
  const late = attach(client, 'a', subject, other, alone)
  await expect(late).rejects.toThrow('keep the list of referrers')
})

it('leaves alone what is no list', async () => {
  const { client, kept } = await startRegistry({ lists: false })
  kept.set(`manifests/${tag}`, Buffer.from('nonsense'))
  const answer = attach(client, 'a', subject, attachment, alone)
  await expect(answer).rejects.toThrow('read the list of referrers')
})

it('says that there is no such image', async () => {
  const { client } = await startRegistry({ lists: true })
  const nothing = digestOf(Buffer.from('x'))
  await expect(attach(client, 'a', nothing, attachment, alone)).rejects.toThrow('find the image')
})
