import { readFile } from 'node:fs/promises'
import { isIPv4 } from 'node:net'
import { resolverAddress } from './firewall.ts'

/** How builds resolve names. */
export interface Resolvers {
  /** IPv4 addresses that a daemon's network reaches. */
  readonly nameservers: readonly string[]
  /** One on this node's loopback, which needs a relay; where there is no other. */
  readonly relayed: string | undefined
  /** Further lines of resolv.conf, such as the search domains. */
  readonly rest: readonly string[]
}

/** What a resolv.conf says. */
interface ResolvConf {
  readonly reachable: readonly string[]
  readonly loopback: readonly string[]
  readonly rest: readonly string[]
}

// systemd-resolved names itself, on loopback, in the first and those that it asks in the second.
const files = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf']

/** The resolvers of this node. @param configured addresses that take their place, if any. */
export async function readResolvers(configured: readonly string[]): Promise<Resolvers> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
  return chooseResolvers(configured, texts)
}

/**
 * Those that a daemon reaches by itself come first. A container of Docker on a network of its own has one on loopback
 * alone, which knows the other containers as well.
 * @param texts what the files say: the node's own resolv.conf, and that of whom it asks.
 */
export function chooseResolvers(
  configured: readonly string[],
  texts: readonly string[],
): Resolvers {
  const [own, upstream] = texts.map(parseResolvConf)
  const rest = own?.rest ?? []
  const said = configured.length > 0 ? [split(configured)] : [own, upstream]
  const nameservers = said.map((one) => one?.reachable ?? []).find((one) => one.length > 0) ?? []
  const relayed = nameservers.length > 0 ? undefined : said[0]?.loopback[0]
  return { nameservers, relayed, rest }
}

function parseResolvConf(text: string): ResolvConf {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/))
  return {
    ...split(lines.flatMap(([key, value = '']) => (key === 'nameserver' ? [value] : []))),
    rest: lines
      .filter(([key = '']) => ['search', 'domain', 'options'].includes(key))
      .map((words) => words.join(' ')),
  }
}

function split(addresses: readonly string[]): Omit<ResolvConf, 'rest'> {
  const all = addresses.filter((address) => isIPv4(address))
  return {
    reachable: all.filter((address) => !isLoopback(address)),
    loopback: all.filter(isLoopback),
  }
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.')
}

export function resolvConf({ nameservers, relayed, rest }: Resolvers): string {
  const addresses = relayed === undefined ? nameservers : [resolverAddress]
  const lines = [...addresses.map((address) => `nameserver ${address}`), ...rest]
  return lines.map((line) => `${line}\n`).join('')
}
