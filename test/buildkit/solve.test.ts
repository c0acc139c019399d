import { randomUUID } from 'node:crypto'
import { Writable } from 'node:stream'
import { unpackTar } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readDiskUsage } from '../../agent/buildkit/disk-usage.ts'
import { BuildkitError } from '../../agent/buildkit/error.ts'
import type { ProgressEvent } from '../../agent/buildkit/progress.ts'
import { prune } from '../../agent/buildkit/prune.ts'
import { memoryDirectory } from '../../agent/buildkit/session/directory.ts'
import { solve } from '../../agent/buildkit/solve.ts'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { solving } from './solving.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startTestDaemon()
})
afterAll(async () => daemon[Symbol.asyncDispose]())

const { signal } = new AbortController()

describe('the cache', () => {
  it('is told record by record and pruned', async () => {
    const file = Buffer.alloc(3_000_000, 'x')
    const options = solving(daemon.address, 'FROM scratch\nCOPY big /big\n')
    await solve({
      ...options,
      directories: { ...options.directories, context: memoryDirectory({ big: file }) },
      exporters: [{ type: 'image', attrs: {} }],
    })
    const before = await readDiskUsage(daemon.address, signal)
    const layer = before.find(({ size }) => size >= file.length)
    expect(layer).toMatchObject({ inUse: false })
    expect(before.map(({ type }) => type)).toContain('source.local')

    const sources = await prune(daemon.address, { filters: ['type==source.local'] }, signal)
    const wanted = before.filter(({ type }) => type === 'source.local')
    expect(new Set(sources.map(({ id }) => id))).toEqual(new Set(wanted.map(({ id }) => id)))
    expect(await prune(daemon.address, { keepMs: 3_600_000 }, signal)).toEqual([])
    const rest = await prune(daemon.address, { all: true }, signal)
    expect(rest.length).toBe(before.length - sources.length)
    expect(await readDiskUsage(daemon.address, signal)).toEqual([])
  })
})

describe('progress', () => {
  it('tells the inputs of steps, the bytes that move, and warnings with their place and page', async () => {
    const events: ProgressEvent[] = []
    const dockerfile = 'FROM scratch AS one\nCOPY a /a\nfrom one\nCOPY b /b\n'
    const options = solving(daemon.address, dockerfile)
    const context = memoryDirectory({ a: Buffer.alloc(400_000), b: Buffer.from('b') })
    await solve({
      ...options,
      directories: { ...options.directories, context },
      onProgress: (event) => void events.push(event),
    })
    const steps = new Map(
      events.flatMap((event) => (event.kind === 'step' ? [[event.name, event]] : [])),
    )
    const last = steps.get('[stage-1 1/1] COPY b /b')
    const first = steps.get('[one 1/1] COPY a /a')
    expect(last?.inputs).toContain(first?.digest)
    const moved = events.findLast(
      (event) => event.kind === 'transfer' && event.name === 'transferring context:',
    )
    expect(moved).toMatchObject({ digest: steps.get('[internal] load build context')?.digest })
    expect(moved?.kind === 'transfer' && moved.current).toBeGreaterThanOrEqual(400_000)
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'warning',
        url: 'https://docs.docker.com/go/dockerfile/rule/consistent-instruction-casing/',
        line: 3,
        ranges: [{ start: 3, end: 3 }],
        detail: [expect.stringMatching(/\w/)],
      }),
    )
  })
})

describe('a solve', () => {
  it('writes what an exporter makes and waits until it is written', async () => {
    const parts: Buffer[] = []
    const metadata: string[] = []
    const options = solving(daemon.address, 'FROM scratch\nCOPY a /dir/\n')
    await solve({
      ...options,
      directories: {
        ...options.directories,
        context: memoryDirectory({ a: Buffer.from('content of a') }),
      },
      exporters: [
        { type: 'image', attrs: {} },
        {
          type: 'oci',
          attrs: {},
          output: async (told) => {
            metadata.push(...told.keys())
            return new Writable({
              write: (chunk: Buffer, _encoding, written) => {
                parts.push(chunk)
                setTimeout(written, 1)
              },
            })
          },
        },
      ],
    })
    expect(metadata).toContain('containerimage.digest')
    const files = await unpackTar(new Uint8Array(Buffer.concat(parts)))
    expect(files.map(({ header }) => header.name)).toContain('index.json')
  })

  it('fails when what an exporter makes cannot be written', async () => {
    const options = solving(daemon.address, 'FROM scratch\nCOPY Dockerfile /\n')
    const broken = () =>
      new Writable({ write: (_chunk, _encoding, done) => done(new Error('full')) })
    const exporters = [{ type: 'tar', attrs: {}, output: async () => broken() }]
    await expect(solve({ ...options, exporters })).rejects.toThrow(BuildkitError)
  })

  it('may ask for an entitlement, which the daemon must allow', async () => {
    const options = solving(daemon.address, 'FROM scratch\n')
    await solve({ ...options, entitlements: ['device'] })
    const asked = solve({ ...options, ref: randomUUID(), entitlements: ['network.host'] })
    await expect(asked).rejects.toThrow('network.host is not allowed')
  })
})
