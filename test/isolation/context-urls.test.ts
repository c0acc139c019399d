import { Writable } from 'node:stream'
import { unpackTar } from 'modern-tar'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { solve } from '../../agent/buildkit/solve.ts'
import { startTestDaemon, type TestDaemon } from '../buildkit/daemon.ts'
import { solving, solvingIn } from '../buildkit/solving.ts'

const stack = new AsyncDisposableStack()
let owner: TestDaemon
let stranger: TestDaemon
beforeAll(async () => {
  owner = stack.use(await startTestDaemon())
  stranger = stack.use(await startTestDaemon())
})
afterAll(async () => stack.disposeAsync())

const digest = `sha256:${'a'.repeat(64)}`
const lend = async (daemon: TestDaemon, text: string) =>
  daemon.contexts.lend(digest, async function* read() {
    yield Buffer.from(text)
  })

/** @returns what the URL holds for an ADD of this daemon, which no rule keeps from asking. */
async function add(daemon: TestDaemon, url: string): Promise<string> {
  const parts: Buffer[] = []
  const write = (chunk: Buffer, _encoding: string, written: () => void) => {
    parts.push(chunk)
    written()
  }
  const options = solving(daemon.address, `FROM scratch\nADD ${url} /got\n`)
  const exporters = [{ type: 'tar', attrs: {}, output: async () => new Writable({ write }) }]
  await solve({ ...options, exporters })
  const files = await unpackTar(new Uint8Array(Buffer.concat(parts)))
  return Buffer.from(files.find(({ header }) => header.name === 'got')?.data ?? []).toString()
}

it('lets no daemon but its own read what a URL of a context holds', async () => {
  using lent = await lend(owner, 'of the owner')
  await expect(add(stranger, lent.url)).rejects.toThrow('connection refused')
  expect(await add(owner, lent.url)).toBe('of the owner')
})

it('gives two projects that lend the same context URLs that have nothing in common', async () => {
  using one = await lend(owner, 'of the owner')
  using other = await lend(stranger, 'of the stranger')
  const { pathname } = new URL(one.url)
  expect(new URL(other.url).pathname).not.toBe(pathname)
  const guessed = new URL(pathname, other.url).href
  await expect(add(stranger, guessed)).rejects.toThrow('404')
  expect(await add(stranger, other.url)).toBe('of the stranger')
})

it('is not read by a RUN, of the owner either', async () => {
  using lent = await lend(owner, 'of the owner')
  const { hostname, port, pathname } = new URL(lent.url)
  const request = `printf 'GET ${pathname} HTTP/1.0\\r\\n\\r\\n'`
  for (const daemon of [owner, stranger]) {
    const script = `${request} | /bin/busybox nc -w 3 ${hostname} ${port}`
    const command = JSON.stringify(['/bin/busybox', 'sh', '-c', script])
    const dockerfile = `FROM scratch\nCOPY bin /bin\nRUN ${command}\n`
    const run = solve(solvingIn(daemon.address, await daemon.busybox(), dockerfile))
    await expect(run).rejects.toMatchObject({ details: { exitCode: 1 } })
  }
})
