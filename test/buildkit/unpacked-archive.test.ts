import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { packTar } from 'modern-tar'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { uploadUrl } from '../../agent/buildkit/session/upload.ts'
import { solve } from '../../agent/buildkit/solve.ts'
import { unpackedArchive } from '../../agent/buildkit/unpacked-archive.ts'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { solving } from './solving.ts'

let daemon: TestDaemon
let tar: Uint8Array
let asked: string[] = []
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`)
  response.end(tar)
})
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  daemon = await startTestDaemon(`127.0.0.1:${(server.address() as AddressInfo).port}`)
  tar = await packTar([
    { header: { name: 'a', size: 1 }, body: 'a' },
    { header: { name: 'sub/b', size: 1, mode: 0o700 }, body: 'b' },
  ])
})
afterAll(async () => {
  server.close()
  await daemon[Symbol.asyncDispose]()
})

const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const build = async (name: string, path: string, dockerfile: string, digest = sha256(tar)) => {
  asked = []
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`
  const options = solving(daemon.address, dockerfile)
  await solve({
    ...options,
    frontendAttrs: {
      ...options.frontendAttrs,
      dockerfilekey: 'dockerfile',
      [`context:${name}`]: `input:${name}`,
    },
    inputs: { [name]: unpackedArchive({ url, digest, title: 'load files' }) },
  })
  return asked
}

it('gives a frontend the files of a tar, which the daemon fetches once, wherever it lies later', async () => {
  const dockerfile = 'FROM scratch\nCOPY a /a\nCOPY --from=context sub/b /b\n'
  expect(await build('context', 'one.tar', dockerfile)).toEqual(['GET /one.tar'])
  expect(await build('context', 'two.tar', dockerfile)).toEqual([])
  expect(await build('other', 'three.tar', 'FROM scratch\nCOPY --from=other a /x\n')).toEqual([])
})

it('is not fetched again by a daemon that has started anew, from another address either', async () => {
  await daemon.kill()
  const dockerfile = 'FROM scratch\nCOPY a /after-the-kill\n'
  expect(await build('context', 'four.tar', dockerfile)).toEqual([])
})

it('is refused by the daemon when the bytes are others', async () => {
  const digest = sha256(Buffer.from('other'))
  await expect(build('context', 'x.tar', 'FROM scratch\nCOPY a /a\n', digest)).rejects.toThrow(
    'digest mismatch',
  )
})

it('may come through the session instead, where the daemon reaches no address of ours', async () => {
  const other = await packTar([{ header: { name: 'a', size: 7 }, body: 'session' }])
  const options = solving(daemon.address, 'FROM scratch\nCOPY a /a\n')
  let sent = 0
  await solve({
    ...options,
    uploads: {
      'files.tar': async () =>
        (async function* bytes() {
          sent += 1
          yield other
        })(),
    },
    inputs: {
      context: unpackedArchive({
        url: uploadUrl('files.tar'),
        digest: sha256(other),
        title: 'load files',
      }),
    },
  })
  expect(sent).toBe(1)
})
