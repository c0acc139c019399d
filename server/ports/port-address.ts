/** Where what listens on the ports of environments has addresses of its own: `*` stands for one of them. */
export interface PortAddresses {
  /** Whether browsers come by https, whoever ends that. */
  readonly isSecure: boolean
  /** Of a port, for people's browsers. */
  urlOf(environment: string, port: number): URL
  /** Which port the host of a request names; `undefined` for any other host. */
  portOf(host: string): { readonly environment: string; readonly port: number } | undefined
}

/**
 * Each port has a host of its own, so that browsers keep its pages apart from those of every other, and from this server.
 * @param pattern such as `https://*.environments.example`
 */
export function createPortAddresses(pattern: string): PortAddresses {
  const { protocol, host } = new URL(pattern.replace('*', 'any'))
  const base = host.replace(/^any/, '').toLowerCase()
  return {
    isSecure: protocol === 'https:',
    urlOf: (environment, port) => new URL(`${protocol}//${environment}-${port}${base}/`),
    portOf: (asked) => {
      const lower = asked.toLowerCase()
      if (!lower.endsWith(base)) return undefined
      const name = lower.slice(0, -base.length)
      const [, environment, port] = /^(env-[0-9a-z]{26})-(\d{1,5})$/.exec(name) ?? []
      return environment === undefined ? undefined : { environment, port: Number(port) }
    },
  }
}
