import type { Destination } from './egress.ts'

/** Names of the devices inside a daemon's network namespace. */
export const uplink = 'uplink'
export const bridge = 'kiln0'
/** Of the steps that have a network of their own; out of the range for benchmarks, where nothing real is. */
export const bridgeSubnet = '198.18.0.0/24'
/** On a daemon's own loopback: where the node's resolver is relayed to when it is on loopback too. Steps are let to it. */
export const resolverAddress = '198.18.1.53'

/** What is on no public network (RFC 6890): this host, private and shared ranges, link-local with its metadata servers. */
const notPublic = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
]

export interface Egress {
  readonly resolvers: readonly string[]
  readonly allowed: readonly Destination[]
  /** Public addresses that builds may not reach: those of this node and of the farm. */
  readonly denied: readonly string[]
}

/**
 * The rules inside a daemon's namespace, for nft. What leaves it comes from the daemon (output) or from a step behind
 * its bridge (forward), and both meet the same list. Refused is answered, so that a build fails at once and says so.
 */
export function daemonRules(egress: Egress): string {
  return `table inet kiln {}
delete table inet kiln
table inet kiln {
  set refused {
    type ipv4_addr; flags interval; auto-merge
    elements = { ${[...notPublic, ...egress.denied].join(', ')} }
  }
  chain egress {
${[...openings(egress), 'ip daddr @refused goto refuse', 'meta nfproto ipv4 accept', 'goto refuse'].map(indent).join('\n')}
  }
  chain refuse {
    meta l4proto tcp reject with tcp reset
    reject with icmpx admin-prohibited
  }
  chain output {
    type filter hook output priority filter; policy drop;
    oifname "lo" accept
    ct state established,related accept
    goto egress
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "${bridge}" oifname "${uplink}" goto egress
  }
  chain input {
    type filter hook input priority filter; policy drop;
    iifname "lo" accept
    ct state established,related accept
    iifname "${bridge}" ${namesAt(resolverAddress)}
    iifname "${bridge}" goto refuse
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${bridgeSubnet} oifname "${uplink}" masquerade
  }
}
`
}

export interface HostRules extends Pick<Egress, 'resolvers' | 'allowed'> {
  readonly table: string
  /** What the names of the daemons' devices on the host begin with. */
  readonly prefix: string
  /** All addresses that daemons get. */
  readonly subnet: string
}

/**
 * The rules on the host for all daemons of an agent, for nft: the way out, and a second fence, since a packet that came
 * past the rules inside must still reach neither this host nor another daemon.
 */
export function hostRules({ table, prefix, subnet, ...egress }: HostRules): string {
  return `table inet ${table} {}
delete table inet ${table}
table inet ${table} {
  chain fence {
${['ct state established,related accept', ...openings(egress), 'drop'].map(indent).join('\n')}
  }
  chain input {
    type filter hook input priority filter - 5; policy accept;
    iifname "${prefix}*" jump fence
  }
  chain forward {
    type filter hook forward priority filter - 5; policy accept;
    iifname "${prefix}*" oifname "${prefix}*" drop
    oifname "${prefix}*" ct state new drop
    iifname "${prefix}*" ip saddr != ${subnet} drop
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${subnet} oifname != "${prefix}*" masquerade
  }
}
`
}

function openings({
  resolvers,
  allowed,
}: Pick<Egress, 'resolvers' | 'allowed'>): readonly string[] {
  return [
    ...resolvers.map(namesAt),
    ...allowed.map(({ network, port }) =>
      port === undefined
        ? `ip daddr ${network} accept`
        : `ip daddr ${network} meta l4proto { tcp, udp } th dport ${port} accept`,
    ),
  ]
}

function namesAt(address: string): string {
  return `ip daddr ${address} meta l4proto { tcp, udp } th dport 53 accept`
}

function indent(line: string): string {
  return `    ${line}`
}
