import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { maxImageConfigBytes } from '#contract/image-manifest.ts'
import { createFactsReader } from './facts-reader.ts'

const never = new AbortController().signal
/** The same, so that the same layer has the same digest in the next second too. */
const mtime = new Date(0)

describe('facts of what lies in the content of a daemon', () => {
  let blobs: string
  const reader = createFactsReader()
  beforeAll(async () => {
    blobs = await mkdtemp(join(tmpdir(), 'kiln-blobs-'))
    await mkdir(join(blobs, 'sha256'))
  })
  afterAll(async () => {
    await reader[Symbol.asyncDispose]()
    await rm(blobs, { recursive: true, force: true })
  })

  const pathOf = (digest: string) => join(blobs, ...digest.split(':'))
  const put = async (bytes: Uint8Array) => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    await writeFile(pathOf(digest), bytes)
    return { digest, size: bytes.length }
  }
  const layerOf = async (name: string) => {
    const body = Buffer.from(name)
    const tar = await packTar([{ header: { name, size: body.length, mtime }, body }])
    const mediaType = 'application/vnd.oci.image.layer.v1.tar+zstd'
    return { ...(await put(zstdCompressSync(tar))), mediaType }
  }
  const imageOf = async (config: unknown, ...layers: readonly { readonly digest: string }[]) => {
    const blob = await put(Buffer.from(JSON.stringify(config)))
    return put(Buffer.from(JSON.stringify({ config: blob, layers })))
  }
  const linux = { os: 'linux', architecture: 'amd64', config: { Env: ['CUDA_VERSION=12.4.1'] } }
  const read = async (digest: string, signal = never) => reader.read({ blobs, digest }, signal)

  it('are read from manifest, configuration and layers', async () => {
    const library = await layerOf('usr/local/lib/libcudart.so.12.4.127')
    const { digest } = await imageOf(linux, library, await layerOf('etc/hosts'))
    reader.prepare({ blobs, digest })
    expect(await read(digest)).toMatchObject({
      facts: { toolkit: { version: '12.4' }, libraries: [{ name: 'cudart', version: '12.4.127' }] },
    })
  })

  it('are kept, also when the bytes are gone', async () => {
    const { digest } = await imageOf(linux, await layerOf('kept'))
    const first = await read(digest)
    await rm(pathOf(digest))
    expect(await read(digest)).toBe(first)
  })

  it('are told of a base that was read before without reading it again', async () => {
    const base = await layerOf('usr/local/lib/libcudart.so.12.6.77')
    const first = await imageOf(linux, base, await layerOf('one'))
    expect(await read(first.digest)).toHaveProperty('facts')
    await rm(pathOf(base.digest))
    const second = await imageOf(linux, base, await layerOf('two'))
    expect(await read(second.digest)).toMatchObject({
      facts: { libraries: [{ name: 'cudart', version: '12.6.77' }] },
    })
    const other = await imageOf(linux, await layerOf('three'), base)
    expect(await read(other.digest)).toEqual({ problem: 'absent' })
  })

  it('are absent while the manifest or a layer is, and are there once it is', async () => {
    const layer = await layerOf('lazy')
    const { digest } = await imageOf(linux, layer)
    await rm(pathOf(layer.digest))
    expect(await read(digest)).toEqual({ problem: 'absent' })
    await layerOf('lazy')
    expect(await read(digest)).toHaveProperty('facts')
    expect(await read(`sha256:${'0'.repeat(64)}`)).toEqual({ problem: 'absent' })
  })

  it('are of nothing when a blob is not what its digest says', async () => {
    const layer = await layerOf('damaged')
    const { digest } = await imageOf(linux, layer)
    await truncate(pathOf(layer.digest), layer.size - 1)
    expect(await read(digest)).toEqual({ problem: 'failed' })
  })

  it('are of nothing when it is no image, and nothing outside of the folder is read', async () => {
    const invalid = 'the configuration of the image is not valid'
    expect(await read((await imageOf([])).digest)).toEqual({ problem: 'invalid', detail: invalid })
    const { digest } = await imageOf(linux, { digest: 'sha256:../../../etc/passwd' })
    expect(await read(digest)).toMatchObject({ problem: 'invalid' })
  })

  it('are read of every configuration that can be published, and of no larger one', async () => {
    const bytesOf = (config: object) => Buffer.byteLength(JSON.stringify(config))
    const padded = (label: string) => ({ ...linux, label })
    const label = 'x'.repeat(maxImageConfigBytes - bytesOf(padded('')))
    expect(await read((await imageOf(padded(label))).digest)).toHaveProperty('facts')
    const detail = 'the configuration is too large'
    const larger = await imageOf(padded(`${label}x`))
    expect(await read(larger.digest)).toEqual({ problem: 'invalid', detail })
  })

  it('are given up when nobody waits any more', async () => {
    const { digest } = await imageOf(linux, await layerOf('unwanted'))
    expect(await read(digest, AbortSignal.abort())).toEqual({ problem: 'stopped' })
    expect(await read(digest)).toHaveProperty('facts')
  })
  it('are read anew for whoever comes while a reading is being given up', async () => {
    const { digest } = await imageOf(linux, await layerOf('given up'))
    const [first, second] = await Promise.all([read(digest, AbortSignal.abort()), read(digest)])
    expect(first).toEqual({ problem: 'stopped' })
    expect(second).toHaveProperty('facts')
  })
})
