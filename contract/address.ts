/** Where something listens. */
export interface Address {
  /** A name or an address, an IPv6 one without brackets. */
  readonly hostname: string
  readonly port: number
}

/** Reads `host:port`, such as `[::1]:8080`, of which `contract/wire/host-port.ts` has seen to it that it is one. Pure. */
export function readAddress(text: string): Address {
  const at = text.lastIndexOf(':')
  return {
    hostname: text.slice(0, at).replaceAll(/^\[|\]$/g, ''),
    port: Number(text.slice(at + 1)),
  }
}

/**
 * Whether a host is this machine whoever asks: with a port or without, an IPv6 address without a port also bare. Pure.
 */
export function isLoopback(host: string): boolean {
  return /^(::1|(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?)$/i.test(host)
}
