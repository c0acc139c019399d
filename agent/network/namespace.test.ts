import { createServer, connect } from 'node:net'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '../../process/run.ts'
import { daemonRules } from './firewall.ts'
import { listenIn } from './listen-in.ts'
import { chooseLink } from './link.ts'
import { createNamespace, deleteNamespace, namespacePath, sweepNetwork } from './namespace.ts'
import { relay } from './relay.ts'

const name = `kiln-test-${process.pid}`
const link = chooseLink(
  { scope: `t${process.pid}`, project: 'a', subnet: '10.214.0.0/16' },
  new Set(),
)
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-namespace-'))
  const rules = join(folder, 'rules.nft')
  await writeFile(rules, daemonRules({ resolvers: [], allowed: [], denied: [] }))
  await createNamespace({ name, link, mtu: 1400, rules })
})
afterAll(async () => {
  await deleteNamespace(name, link.device)
  await rm(folder, { recursive: true })
})

const inside = async (command: string) =>
  run('nsenter', [`--net=${namespacePath(name)}`, '--', 'sh', '-c', command], { limitMs: 10_000 })

/** A server on loopback of the host that answers with the text. */
async function serve(text: string) {
  const server = createServer((socket) => socket.end(text)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { server, port: typeof address === 'object' ? (address?.port ?? 0) : 0 }
}

it('does not let its own wire reach the host', async () => {
  const server = createServer((socket) => socket.end('host')).listen(0, '0.0.0.0')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  await expect(inside(`busybox nc -w 3 ${link.hostAddress} ${port} < /dev/null`)).rejects.toThrow(
    /refused/,
  )
  server.close()
})

it('has no address of IPv6', async () => {
  expect((await inside('ip -6 addr')).stdout).toBe('')
})

it('leads one port of its loopback to one of the host, and no other', async () => {
  const { server: target, port } = await serve('from the host')
  const { server: other, port: closed } = await serve('never')
  {
    const server = await listenIn(name, { host: '127.0.0.1', port })
    await using _ = relay(server, { host: '127.0.0.1', port })
    expect((await inside(`busybox nc 127.0.0.1 ${port} < /dev/null`)).stdout).toBe('from the host')
    await expect(inside(`busybox nc 127.0.0.1 ${closed} < /dev/null`)).rejects.toThrow(/refused/)
    await expect(listenIn(name, { host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE')
    const here = connect(port, '127.0.0.1')
    expect(String((await once(here, 'data'))[0])).toBe('from the host')
  }
  await expect(inside(`busybox nc 127.0.0.1 ${port} < /dev/null`)).rejects.toThrow(/refused/)
  target.close()
  other.close()
})

it('is found and removed by what its name begins with', async () => {
  const swept = chooseLink(
    { scope: 's', project: `${process.pid}`, subnet: '10.214.0.0/16' },
    new Set([link.hostAddress]),
  )
  const rules = join(folder, 'rules.nft')
  await createNamespace({ name: `${name}-swept`, link: swept, mtu: 1400, rules })
  await sweepNetwork({ namespace: `${name}-`, prefix: swept.device, table: 'kiln_none' })
  expect(await readdir('/run/netns')).not.toContain(`${name}-swept`)
  expect(await readdir('/sys/class/net')).not.toContain(swept.device)
})
