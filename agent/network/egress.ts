import { isIPv4 } from 'node:net'

/** A destination that builds may reach although it is not public: a name, an address or a network, and a port. */
export interface EgressEntry {
  /** A host name, an IPv4 address or a network such as `10.1.0.0/16`. */
  readonly host: string
  /** Every port when absent. */
  readonly port: number | undefined
}

/** An entry with its name resolved. */
export interface Destination {
  readonly network: string
  readonly port: number | undefined
}

/** Finds the IPv4 addresses of a name. @throws when it has none. */
export type Lookup = (name: string) => Promise<readonly string[]>

const hostName = /^(?=.{1,253}$)[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/

/** Reads `host:port, 10.1.0.0/16, …`. @throws RangeError that names the entry. */
export function parseEgress(text: string): readonly EgressEntry[] {
  const entries = text.split(',').map((entry) => entry.trim())
  return entries.filter((entry) => entry !== '').map(parseEntry)
}

function parseEntry(entry: string): EgressEntry {
  const [, host = '', digits] = /^([^:]*)(?::(\d{1,5}))?$/.exec(entry) ?? []
  const port = digits === undefined ? undefined : Number(digits)
  const isHost = isNetwork(host) || (hostName.test(host) && !/^[\d.]+$/.test(host))
  if (!isHost || (port !== undefined && (port < 1 || port > 65_535)))
    throw new RangeError(`"${entry}" is not host:port, an IPv4 address or an IPv4 network`)
  return { host, port }
}

/** Whether the text is an IPv4 address or a network of them. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const size = bits === undefined ? 32 : Number(bits)
  return rest.length === 0 && isIPv4(address) && /^\d{1,2}$/.test(bits ?? '32') && size <= 32
}

/**
 * Splits entries into what the firewall lets through and what listens on loopback of this node: that can never be
 * routed to and needs a relay. A name that cannot be resolved is left out and told.
 */
export async function resolveEgress(
  entries: readonly EgressEntry[],
  lookup: Lookup,
  say: (line: string) => void,
): Promise<{ readonly routed: readonly Destination[]; readonly loopback: readonly EgressEntry[] }> {
  const routed: Destination[] = []
  const loopback: EgressEntry[] = []
  for (const { host, port } of entries) {
    const found = isNetwork(host)
      ? [host]
      : await lookup(host).catch(() => {
          say(`builds cannot reach ${host}: the name has no IPv4 address`)
          return []
        })
    if (found.some((address) => address.startsWith('127.'))) loopback.push({ host, port })
    else routed.push(...found.map((network) => ({ network, port })))
  }
  return { routed, loopback }
}
