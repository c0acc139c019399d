import { randomUUID } from 'node:crypto'
import { Writable } from 'node:stream'
import { unpackTar } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BuildkitError } from '../../agent/buildkit/error.ts'
import { memoryDirectory } from '../../agent/buildkit/session/directory.ts'
import { solve } from '../../agent/buildkit/solve.ts'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { solving } from './solving.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startTestDaemon()
})
afterAll(async () => daemon[Symbol.asyncDispose]())

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
