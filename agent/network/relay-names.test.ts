import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '../../process/run.ts'
import { answerQuery } from '../../test/isolation/answer-query.ts'
import { agentScope } from '../daemon/daemon-paths.ts'
import { bridge, resolverAddress } from './firewall.ts'
import { listenIn } from './listen-in.ts'
import { namespacePath } from './namespace.ts'
import { type DaemonNetwork, openNetwork, relayNames, sweepNetworks } from './open-network.ts'

/** A resolver on loopback of this host, as a container of Docker has one. */
const own = '127.0.77.11'
const settings = { subnet: '10.211.77.0/28', allow: [], deny: [], resolvers: [own] }
const project = 'names'

const step = `step-${process.pid}`
let stack: AsyncDisposableStack
let scope: string
let network: DaemonNetwork
beforeAll(async () => {
  stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'kiln-names-'))
  stack.defer(async () => rm(folder, { recursive: true, force: true }))
  const names = { 'registry.farm': '172.18.0.5' }
  const datagrams = createSocket('udp4')
  datagrams.on('message', (query, { port, address }) =>
    datagrams.send(answerQuery(query, names), port, address),
  )
  await once(datagrams.bind(53, own), 'listening')
  stack.defer(() => void datagrams.close())
  const server = createServer((socket) => socket.end('by TCP')).listen(53, own)
  await once(server, 'listening')
  stack.defer(() => void server.close())
  scope = agentScope(folder)
  stack.defer(async () => sweepNetworks(scope))
  network = stack.use(await openNetwork(settings, { scope, project, folder }, () => undefined))
  await placeStep(network.namespace)
  stack.defer(async () => void (await run('ip', ['netns', 'del', step], { limitMs })))
})
afterAll(async () => stack.disposeAsync())

const limitMs = 20_000

/** A network behind the daemon's bridge, as CNI makes one for a step. */
async function placeStep(namespace: string): Promise<void> {
  const script = `
    ip netns add ${step}
    ip -n ${namespace} link add ${bridge} type bridge
    ip -n ${namespace} addr add 198.18.0.1/24 dev ${bridge}
    ip -n ${namespace} link set ${bridge} up
    ip -n ${namespace} link add wire type veth peer name eth0 netns ${step}
    ip -n ${namespace} link set wire master ${bridge} up
    ip -n ${step} addr add 198.18.0.2/24 dev eth0
    ip -n ${step} link set eth0 up
    ip -n ${step} route add default via 198.18.0.1`
  await run('sh', ['-ec', script], { limitMs })
}

const inside = async (namespace: string, command: string) =>
  (
    await run('nsenter', [`--net=${namespacePath(namespace)}`, '--', 'sh', '-c', command], {
      limitMs,
    })
  ).stdout

const lookUp = `busybox nslookup registry.farm ${resolverAddress}`
const byTcp = `busybox nc -w 5 ${resolverAddress} 53 < /dev/null`

it.each([
  ['a daemon', () => network.namespace, async () => network.relay()],
  ['its steps', () => step, async () => network.relay()],
  [
    'what an agent before this one has started',
    () => network.namespace,
    async () => relayNames(settings, { scope, project }),
  ],
])('leads %s to a resolver on loopback of the host', async (_whom, from, open) => {
  {
    await using _ = await open()
    expect(await inside(from(), lookUp)).toContain('172.18.0.5')
    expect(await inside(from(), byTcp)).toBe('by TCP')
  }
  await expect(inside(from(), byTcp)).rejects.toThrow(/refused/)
})

it('lets steps to nothing else of the daemon', async () => {
  const at = { host: resolverAddress, port: 5353 }
  const other = await listenIn(network.namespace, at)
  other.on('connection', (socket) => socket.end('never'))
  const ask = `busybox nc -w 5 ${at.host} ${at.port} < /dev/null`
  expect(await inside(network.namespace, ask)).toBe('never')
  await expect(inside(step, ask)).rejects.toThrow(/refused/)
  other.close()
})

it('leads to nobody where a resolver can be reached', async () => {
  await using _ = await relayNames({ resolvers: ['10.1.2.3'] }, { scope, project })
  await expect(inside(network.namespace, byTcp)).rejects.toThrow(/refused/)
})
