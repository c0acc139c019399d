import { access, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../process/run.ts'
import { resolverAddress, uplink } from './firewall.ts'
import type { Link } from './link.ts'

const limitMs = 10_000
const namespaces = '/run/netns'

export interface NamespaceOptions {
  readonly name: string
  readonly link: Link
  /** Bytes that a packet may have on the way out of the host. */
  readonly mtu: number
  /** A file of rules for nft, in force before the first packet can leave. */
  readonly rules: string
}

/** Where a namespace is found, for `nsenter --net=`. */
export function namespacePath(name: string): string {
  return join(namespaces, name)
}

/** A line of a shell in a network namespace: no device that is made there later has IPv6. */
export const withoutIpv6 =
  'for c in all default; do f=/proc/sys/net/ipv6/conf/$c/disable_ipv6; [ ! -e $f ] || echo 1 > $f; done'

/** Makes a network namespace that is joined to the host by one wire. IPv6 is off, so that no rule can be gone round. */
export async function createNamespace({ name, link, mtu, rules }: NamespaceOptions): Promise<void> {
  const { device, hostAddress, ownAddress } = link
  const inside = [
    'set -e',
    withoutIpv6,
    `nft -f "$1"`,
    'ip link set lo up',
    `ip addr add ${resolverAddress}/32 dev lo`,
    `ip addr add ${ownAddress}/30 dev ${uplink}`,
    `ip link set ${uplink} up`,
    `ip route add default via ${hostAddress}`,
  ]
  const script = [
    'set -e',
    `ip netns add ${name}`,
    `ip link add ${device} mtu ${mtu} type veth peer name ${uplink} mtu ${mtu} netns ${name}`,
    `f=/proc/sys/net/ipv6/conf/${device}/disable_ipv6; [ ! -e $f ] || echo 1 > $f`,
    `ip addr add ${hostAddress}/30 dev ${device}`,
    `ip link set ${device} up`,
    `nsenter --net=${namespacePath(name)} -- sh -c "$2" sh "$1"`,
  ]
  await run('sh', ['-c', script.join('\n'), 'sh', rules, inside.join('\n')], { limitMs })
}

/** Removes a namespace and its wire. What still runs in it keeps it alive without any way out. */
export async function deleteNamespace(name: string, device: string): Promise<void> {
  if (await exists(join('/sys/class/net', device)))
    await run('ip', ['link', 'del', device], { limitMs })
  if (await exists(namespacePath(name))) await run('ip', ['netns', 'del', name], { limitMs })
}

/** Removes the namespaces and devices whose names begin like this, and the table of rules. */
export async function sweepNetwork(prefixes: {
  readonly namespace: string
  /** Of the devices on the host. */
  readonly prefix: string
  readonly table: string
}): Promise<void> {
  const devices = await readdir('/sys/class/net')
  for (const device of devices.filter((name) => name.startsWith(prefixes.prefix)))
    await run('ip', ['link', 'del', device], { limitMs })
  const names = await readdir(namespaces).catch(() => [])
  for (const name of names.filter((each) => each.startsWith(prefixes.namespace)))
    await run('ip', ['netns', 'del', name], { limitMs })
  const { stdout } = await run('nft', ['list', 'tables', 'inet'], { limitMs })
  if (stdout.split('\n').includes(`table inet ${prefixes.table}`))
    await run('nft', ['delete', 'table', 'inet', prefixes.table], { limitMs })
}

/** Lets the host pass packets on between its devices. */
export async function enableForwarding(): Promise<void> {
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1')
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
