import { BlockList, isIP } from 'node:net'

/** From where a browser comes: by the connection, and by what proxies have noted in `X-Forwarded-For`. Pure. */
export type AddressOf = (
  peer: string | undefined,
  forwarded: string | undefined,
) => string | undefined

/**
 * What a proxy of one's own has noted is believed, and nothing that came to it: the last address that is none of a proxy.
 * @param proxies addresses and networks, such as `10.0.0.0/8`. @throws RangeError that names the one that is neither.
 */
export function createAddressOf(proxies: readonly string[]): AddressOf {
  const trusted = new BlockList()
  for (const proxy of proxies) add(trusted, proxy)
  return (peer, forwarded) => {
    let nearest = plain(peer)
    const noted = (forwarded ?? '').split(',').map((one) => plain(one.trim()))
    while (nearest !== undefined && trusted.check(nearest, familyOf(nearest))) {
      const next = noted.pop()
      if (next === undefined) break
      nearest = next
    }
    return nearest
  }
}

function add(trusted: BlockList, proxy: string): void {
  const [address = '', bits, ...rest] = proxy.split('/')
  const all = isIP(address) === 6 ? 128 : 32
  const prefix = bits === undefined ? all : Number(bits)
  const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && prefix <= all)
  if (isIP(address) === 0 || !isNetwork || rest.length > 0) {
    throw new RangeError(`"${proxy}" is no address and no network`)
  }
  trusted.addSubnet(address, prefix, familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

/** `undefined` for what is no address; one of IPv4 that a socket for both kinds tells is told as such. */
function plain(text: string | undefined): string | undefined {
  const address = text?.replace(/^::ffff:(?=\d+\.)/i, '')
  return address !== undefined && isIP(address) !== 0 ? address : undefined
}
