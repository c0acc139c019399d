import { randomBytes } from 'node:crypto'
import { run } from '../../../process/run.ts'

/** The parts of what goes between a node and the farm that can be cut off. */
export type Cut = 'everything' | 'answers' | 'registry'

/** A network of its own for a node, joined to the farm's machine by one wire. */
export interface Wire extends AsyncDisposable {
  /** The farm's end. */
  readonly farm: string
  /** As `nsenter` takes it. */
  readonly path: string
  /** From now on these packets are dropped without a word, until `heal`. */
  cut(what: Cut, registryPort?: number): Promise<void>
  heal(): Promise<void>
}

const limitMs = 10_000
const device = 'up0'

export async function layWire(): Promise<Wire> {
  const [a = 0, b = 0] = randomBytes(2)
  const id = randomBytes(4).toString('hex')
  const name = `kiln-part-${id}`
  // A range for tests of networks; four addresses are a wire's.
  const address = (last: number) => `198.18.${a}.${(b & 0xfc) + last}`
  const [farm, node] = [address(1), address(2)]
  const path = `/run/netns/${name}`
  const script = [
    'set -e',
    `ip netns add ${name}`,
    `ip link add kp${id} type veth peer name ${device} netns ${name}`,
    `ip addr add ${farm}/30 dev kp${id}`,
    `ip link set kp${id} up`,
    `nsenter --net=${path} ip link set lo up`,
    `nsenter --net=${path} ip addr add ${node}/30 dev ${device}`,
    `nsenter --net=${path} ip link set ${device} up`,
    `nsenter --net=${path} ip route add default via ${farm}`,
  ]
  await run('sh', ['-c', script.join('\n')], { limitMs })
  const nft = async (rules: string) =>
    void (await run('nsenter', [`--net=${path}`, 'nft', rules], { limitMs }))
  return {
    farm,
    path,
    cut: async (what, registryPort) =>
      nft(`add table inet cut; ${chainsOf(what, registryPort).join('; ')}`),
    heal: async () => nft('add table inet cut; delete table inet cut'),
    [Symbol.asyncDispose]: async () => {
      await run('sh', ['-c', `ip link del kp${id}; ip netns del ${name}`], { limitMs }).catch(
        () => undefined,
      )
    },
  }
}

const chain = (hook: string, rule: string) =>
  `add chain inet cut ${hook} { type filter hook ${hook} priority -250; }; add rule inet cut ${hook} ${rule} drop`

function chainsOf(what: Cut, registryPort = 0): readonly string[] {
  const incoming = ['input', 'forward'].map((hook) => chain(hook, `iifname ${device}`))
  if (what === 'registry') return [chain('output', `oifname ${device} tcp dport ${registryPort}`)]
  // What the node sends arrives all the same.
  if (what === 'answers') return incoming
  return [...incoming, chain('output', `oifname ${device}`)]
}
