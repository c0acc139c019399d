import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Where a name leads by now. */
export interface Pinned {
  readonly address: string
  readonly family: 4 | 6
}

/** An address that the farm does not go to for a project. Its text is told to them. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
}

export type Resolve = (
  hostname: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>

export const resolveHost: Resolve = async (hostname) => lookup(hostname, { all: true })

/**
 * The one address that is connected to. It is judged, and not the name: a name may lead somewhere else the next time that it is
 * asked for. What is not public is refused unless the operator allows the host, as `host` or `host:port`.
 * @throws AddressRefused
 */
export async function pinAddress(
  url: URL,
  allowed: readonly string[],
  resolve: Resolve,
): Promise<Pinned> {
  const hostname = url.hostname.replaceAll(/^\[|\]$/g, '')
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  const isAllowed = allowed.includes(hostname) || allowed.includes(`${hostname}:${port}`)
  if (url.protocol !== 'https:' && !isAllowed) {
    throw new AddressRefused('it is not https, and the operator does not allow this host')
  }
  const found =
    isIP(hostname) === 0 ? await resolve(hostname) : [{ address: hostname, family: isIP(hostname) }]
  const [first] = found
  if (first === undefined) throw new AddressRefused('the name leads nowhere')
  if (!isAllowed && !found.every(({ address }) => isPublic(address))) {
    throw new AddressRefused('it leads to an address that is not public')
  }
  return { address: first.address, family: first.family === 6 ? 6 : 4 }
}

/** Pure. What is written as IPv6 and means IPv4 is judged as that, however it is wrapped. */
export function isPublic(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  return address.range() === 'unicast'
}
