import { readFile } from 'node:fs/promises'
import { isIPv4 } from 'node:net'

/** How builds resolve names. */
export interface Resolvers {
  /** IPv4 addresses that a daemon's network reaches. */
  readonly nameservers: readonly string[]
  /** Further lines of resolv.conf, such as the search domains. */
  readonly rest: readonly string[]
}

// systemd-resolved names itself, on loopback, in the first and those that it asks in the second.
const files = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf']

/** The resolvers of this node that are not on its loopback, which no daemon can reach. */
export async function readResolvers(configured: readonly string[]): Promise<Resolvers> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
  const [own, upstream] = texts.map(parseResolvConf)
  const rest = own?.rest ?? []
  if (configured.length > 0) return { nameservers: configured, rest }
  const nameservers = own?.nameservers.length ? own.nameservers : (upstream?.nameservers ?? [])
  return { nameservers, rest }
}

export function parseResolvConf(text: string): Resolvers {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/))
  const nameservers = lines.flatMap(([key, value = '']) => (key === 'nameserver' ? [value] : []))
  return {
    nameservers: nameservers.filter((address) => isIPv4(address) && !address.startsWith('127.')),
    rest: lines
      .filter(([key = '']) => ['search', 'domain', 'options'].includes(key))
      .map((words) => words.join(' ')),
  }
}

export function resolvConf({ nameservers, rest }: Resolvers): string {
  const lines = [...nameservers.map((address) => `nameserver ${address}`), ...rest]
  return lines.map((line) => `${line}\n`).join('')
}
