import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimPort } from './port-claims.ts'
import { choosePorts } from './ports.ts'

const names = ['server', 'temporal'] as const
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-ports-'))
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

describe('ports that were picked', () => {
  it('are no other launcher’s before anybody listens on them, and are free afterwards', async () => {
    await using claims = new AsyncDisposableStack()
    const file = join(folder, 'one.json')
    const ports = [...(await choosePorts(names, {}, file, claims)).values()]
    expect(await Promise.all(ports.map(claimPort))).toEqual([undefined, undefined])
    await claims.disposeAsync()
    await using again = new AsyncDisposableStack()
    for (const port of ports) expect(again.use(await claimPort(port))).toBeDefined()
  })

  it('are picked anew when another launcher has claimed what is remembered', async () => {
    await using claims = new AsyncDisposableStack()
    const file = join(folder, 'two.json')
    const first = await choosePorts(names, {}, file, claims)
    await using others = new AsyncDisposableStack()
    const second = await choosePorts(names, {}, file, others)
    expect([...second.values()].filter((port) => [...first.values()].includes(port))).toEqual([])
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(Object.fromEntries(second))
  })

  it('are the same at the next start', async () => {
    const file = join(folder, 'three.json')
    const choose = async () => {
      await using claims = new AsyncDisposableStack()
      return Object.fromEntries(await choosePorts(names, {}, file, claims))
    }
    expect(await choose()).toEqual(await choose())
  })

  it('are none that somebody listens on', async () => {
    await using stack = new AsyncDisposableStack()
    const server = stack.use(createServer())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('expected a port')
    expect(await claimPort(address.port)).toBeUndefined()
  })
})
