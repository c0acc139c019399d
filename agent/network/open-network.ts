import { lookup } from 'node:dns/promises'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { run } from '../../process/run.ts'
import type { Say } from '../../process/say.ts'
import { createSerialQueue } from '../../process/serial-queue.ts'
import { type EgressEntry, type Lookup, resolveEgress } from './egress.ts'
import { daemonRules, hostRules, resolverAddress } from './firewall.ts'
import { chooseLink, deviceName, devicePrefix } from './link.ts'
import { bindIn, listenIn } from './listen-in.ts'
import { createNamespace, deleteNamespace, enableForwarding, sweepNetwork } from './namespace.ts'
import { relayDatagrams } from './relay-datagrams.ts'
import { relay } from './relay.ts'
import { readResolvers, resolvConf } from './resolvers.ts'

export interface NetworkSettings {
  /** Where daemons get their addresses from, such as `10.213.0.0/16`. */
  readonly subnet: string
  /** What builds may reach although it is not public, the registry among it. */
  readonly allow: readonly EgressEntry[]
  /** Names and addresses that builds may not reach although they are public, those of the farm among them. */
  readonly deny: readonly EgressEntry[]
  /** Resolvers to use instead of this node's own. */
  readonly resolvers: readonly string[]
}

/** A network of its own for one daemon, until it is disposed. */
export interface DaemonNetwork extends AsyncDisposable {
  /** Name of the namespace. */
  readonly namespace: string
  readonly mtu: number
  /** The file that takes the place of /etc/resolv.conf. */
  readonly resolvConf: string
  /** Lets the daemon reach, under the same name, what is allowed and listens on loopback of this host, its resolver too. */
  relay(): Promise<AsyncDisposable>
}

const limitMs = 10_000
const maxOutput = 4 * 1024 * 1024
const namesPort = 53

/** Who chooses an address must see those that others have just chosen. */
const inTurn = createSerialQueue()

/** Makes the network of a project's daemon; its files are kept in `folder`. */
export async function openNetwork(
  settings: NetworkSettings,
  { scope, project, folder }: { scope: string; project: string; folder: string },
  say: Say,
): Promise<DaemonNetwork> {
  const [resolvers, allow, deny, mtu] = await Promise.all([
    readResolvers(settings.resolvers),
    resolveEgress(settings.allow, lookupAll, say),
    resolveEgress(settings.deny, lookupAll, () => undefined),
    readMtu(),
  ])
  if (resolvers.nameservers.length === 0 && resolvers.relayed === undefined)
    say('builds resolve no names, since this node has no resolver: set KILN_BUILD_DNS')
  const own = hostAddresses()
  const denied = [...own, ...deny.routed.map(({ network }) => network)]
  const egress = { resolvers: resolvers.nameservers, allowed: allow.routed, denied }
  const files = { rules: join(folder, 'egress.nft'), host: join(folder, 'host.nft') }
  const names = networkNames(scope)
  const namespace = `${names.namespace}${project}`
  const resolvFile = join(folder, 'resolv.conf')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await Promise.all([
    writeFile(files.rules, daemonRules(egress)),
    writeFile(files.host, hostRules({ ...names, ...egress, subnet: settings.subnet })),
    writeFile(resolvFile, resolvConf(resolvers)),
  ])
  await enableForwarding()
  const link = await inTurn(async () => {
    const chosen = chooseLink({ scope, project, subnet: settings.subnet }, await takenAddresses())
    await deleteNamespace(namespace, chosen.device)
    // Each time anew: somebody else may have flushed the rules of the host in the meantime.
    await run('nft', ['-f', files.host], { limitMs })
    try {
      await createNamespace({ name: namespace, link: chosen, mtu, rules: files.rules })
    } catch (error) {
      await deleteNamespace(namespace, chosen.device)
      throw error
    }
    return chosen
  })
  return {
    namespace,
    mtu,
    resolvConf: resolvFile,
    relay: async () => relayAll(namespace, allow.loopback, resolvers.relayed),
    [Symbol.asyncDispose]: async () => deleteNamespace(namespace, link.device),
  }
}

/** Removes a network that may have been made by an agent before this one. */
export async function closeNetwork(scope: string, project: string): Promise<void> {
  await deleteNamespace(`${networkNames(scope).namespace}${project}`, deviceName(scope, project))
}

/** Removes what the networks of an agent's daemons have left on this host. */
export async function sweepNetworks(scope: string): Promise<void> {
  await sweepNetwork(networkNames(scope))
}

/** What the names of everything begin with that the daemons of an agent have on the host. */
export function networkNames(scope: string) {
  return { namespace: `kiln-${scope}-`, prefix: devicePrefix(scope), table: `kiln_${scope}` }
}

/**
 * Lets a network that was opened before, by whichever agent, resolve names where this node's resolver is on loopback.
 * @throws when the network is gone, or something in it listens where the resolver is to be.
 */
export async function relayNames(
  { resolvers }: Pick<NetworkSettings, 'resolvers'>,
  { scope, project }: { scope: string; project: string },
): Promise<AsyncDisposable> {
  const { relayed } = await readResolvers(resolvers)
  return relayAll(`${networkNames(scope).namespace}${project}`, [], relayed)
}

async function relayAll(
  namespace: string,
  entries: readonly EgressEntry[],
  resolver: string | undefined,
): Promise<AsyncDisposable> {
  const stack = new AsyncDisposableStack()
  const opened = await Promise.allSettled([
    ...entries.map(async ({ host, port }) => {
      if (port === undefined) throw new Error(`${host} is on loopback and needs a port`)
      const inside = host.startsWith('127.') ? host : '127.0.0.1'
      stack.use(relay(await listenIn(namespace, { host: inside, port }), { host, port }))
    }),
    ...(resolver === undefined ? [] : relayResolver(namespace, resolver, stack)),
  ])
  const failed = opened.find((result) => result.status === 'rejected')
  if (failed === undefined) return stack
  await stack.disposeAsync()
  throw failed.reason
}

/** By both ways that names are asked for: what does not fit into a datagram is asked for by TCP. */
function relayResolver(
  namespace: string,
  resolver: string,
  stack: AsyncDisposableStack,
): readonly Promise<unknown>[] {
  const at = { host: resolverAddress, port: namesPort }
  const target = { host: resolver, port: namesPort }
  return [
    bindIn(namespace, at).then((socket) => stack.use(relayDatagrams(socket, target))),
    listenIn(namespace, at).then((server) => stack.use(relay(server, target))),
  ]
}

/** Also those of devices that are only about to be up, which Node leaves out. */
async function takenAddresses(): Promise<ReadonlySet<string>> {
  const { stdout } = await run('ip', ['-4', '-o', 'addr', 'show'], { limitMs, maxOutput })
  return new Set(Array.from(stdout.matchAll(/ inet ([0-9.]+)/g), ([, address = '']) => address))
}

function hostAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
}

const lookupAll: Lookup = async (name) => {
  const found = await lookup(name, { all: true, family: 4 })
  return found.map(({ address }) => address)
}

/** The smallest of the host's devices that are up: what a daemon sends may leave by any of them. */
async function readMtu(): Promise<number> {
  const folder = '/sys/class/net'
  const found = await Promise.all(
    (await readdir(folder)).map(async (device) => {
      const read = async (name: string) =>
        (await readFile(join(folder, device, name), 'utf8').catch(() => '')).trim()
      return (await read('operstate')) === 'up' ? Number(await read('mtu')) : Number.NaN
    }),
  )
  return Math.min(1500, ...found.filter((mtu) => mtu >= 1280))
}
