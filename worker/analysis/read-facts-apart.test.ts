import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFactsThreads, readFactsApart } from './read-facts-apart.ts'

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** A registry that serves what it is given, by digest; what is marked so never ends, or breaks off. */
function createRegistry() {
  const blobs = new Map<string, Uint8Array>()
  const endless = new Set<string>()
  const broken = new Set<string>()
  const server = createServer((request, reply) => {
    const digest = request.url?.split('/').at(-1) ?? ''
    const bytes = blobs.get(digest)
    if (bytes === undefined) reply.writeHead(404).end()
    else if (endless.has(digest)) reply.writeHead(200).write(bytes)
    else if (broken.has(digest)) reply.writeHead(200).write(bytes, () => request.socket.destroy())
    else reply.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes)
  })
  const put = (bytes: Uint8Array) => {
    blobs.set(digestOf(bytes), bytes)
    return { digest: digestOf(bytes), size: bytes.length }
  }
  return { server, blobs, endless, broken, put }
}

describe('facts that are read in a thread', () => {
  const { server, blobs, endless, broken, put } = createRegistry()
  const never = new AbortController().signal
  beforeAll(async () => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)))
  const threads = createFactsThreads()
  afterAll(async () => {
    await threads[Symbol.asyncDispose]()
    server.closeAllConnections()
    server.close()
  })

  const putImage = (layer: Uint8Array, config: unknown) => {
    const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip'
    const manifest = {
      config: put(Buffer.from(JSON.stringify(config))),
      layers: [{ ...put(layer), mediaType }],
    }
    return put(Buffer.from(JSON.stringify(manifest))).digest
  }
  const read = async (digest: string, stop = never, limitMs = 30_000) => {
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const image = { digest, repository: 'team/app' }
    const credential = { username: '', password: '' }
    const url = `http://127.0.0.1:${port ?? 0}`
    return readFactsApart(
      threads,
      { url, authority: undefined, prefix: 'kiln', credential, image, limitMs },
      stop,
    )
  }
  const linux = { os: 'linux', architecture: 'amd64', config: { Env: ['CUDA_VERSION=12.0.1'] } }
  const layerOf = async (text: string) =>
    gzipSync(await packTar([{ header: { name: 'a', size: text.length }, body: text }]))

  it('come from configuration and layers', async () => {
    const outcome = await read(putImage(await layerOf('x'), linux))
    expect(outcome).toMatchObject({ facts: { toolkit: { version: '12.0' } } })
  })

  it.each([
    ['a layer that is none', Buffer.from('x'), linux, 'the layer is not a whole tar archive'],
    ['a wrong configuration', Buffer.from('x'), [], 'the configuration of the image is not valid'],
  ])('are refused for good for %s', async (_what, layer, config, problem) => {
    expect(await read(putImage(layer, config))).toEqual({ problem, isFinal: true })
  })

  it('may be had later when the registry lacks or changes a blob', async () => {
    const layer = await layerOf('gone')
    const digest = putImage(layer, linux)
    blobs.delete(digestOf(layer))
    const problem = 'the registry failed to read blob'
    expect(await read(digest)).toEqual({ problem, isFinal: false })
    blobs.set(digestOf(layer), await layerOf('changed'))
    expect(await read(digest)).toEqual({ problem, isFinal: false })
    broken.add(digestOf(layer))
    expect(await read(digest)).toEqual({ problem, isFinal: false })
  })

  it('are given up when it takes too long, or the worker stops', async () => {
    const layer = (await layerOf('slow')).subarray(0, 20)
    const digest = putImage(layer, linux)
    endless.add(digestOf(layer))
    const late = { problem: 'the analysis took too long', isFinal: true }
    expect(await read(digest, never, 1_500)).toEqual(late)
    const stop = AbortSignal.timeout(500)
    expect(await read(digest, stop)).toEqual({ problem: 'the worker stopped', isFinal: false })
  })
})
