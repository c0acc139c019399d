import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import { enableForwarding, namespacePath } from '../../agent/network/namespace.ts'
import { run } from '../../process/run.ts'

export const metadataAddress = '169.254.169.254'
const hostEnd = '198.51.100.1'
const address = '198.51.100.2'
const domain = 'kiln-test.example'

/** What lies outside of the farm, on this machine: a public web server, a resolver, and a metadata server. */
export interface Outside extends AsyncDisposable {
  readonly resolver: string
  /** A public name of the web server, which redirects to whatever `?to=` says. */
  readonly publicName: string
  /** Names that a stranger lets lead to addresses that are none of his. */
  readonly names: Readonly<Record<'metadata' | 'loopback' | 'host', string>>
  /** What was asked of the web servers, as `address/path`. */
  readonly asked: readonly string[]
}

export function hostAddress(): string {
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const own = found.find(
    ({ family, internal, address: ip }) => family === 'IPv4' && !internal && ip !== hostEnd,
  )
  if (own === undefined) throw new Error('this machine has no address beyond loopback')
  return own.address
}

/** Stands in for the internet in a namespace of its own, so that nothing of a test leaves this machine. */
export async function startOutside(): Promise<Outside> {
  const namespace = `outside-${process.pid}`
  const device = `out${process.pid}`
  const host = hostAddress()
  await enableForwarding()
  await sh(`
    ip netns add ${namespace}
    ip link add ${device} type veth peer name eth0 netns ${namespace}
    ip addr add ${hostEnd}/24 dev ${device}
    ip link set ${device} up
    ip -n ${namespace} link set lo up
    ip -n ${namespace} addr add ${metadataAddress}/32 dev lo
    ip -n ${namespace} addr add ${address}/24 dev eth0
    ip -n ${namespace} link set eth0 up
    ip -n ${namespace} route add default via ${hostEnd}
    ip route add ${metadataAddress}/32 via ${address}`)
  const names = {
    [`public.${domain}`]: address,
    [`metadata.${domain}`]: metadataAddress,
    [`loopback.${domain}`]: '127.0.0.1',
    [`host.${domain}`]: host,
  }
  const child = fileURLToPath(new URL('outside-child.ts', import.meta.url))
  const options = { web: [address, metadataAddress], resolver: address, names }
  const servers = spawn(
    'nsenter',
    [`--net=${namespacePath(namespace)}`, process.execPath, child, JSON.stringify(options)],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  )
  const asked: string[] = []
  servers.on('message', (message: 'ready' | { host: string; path: string }) => {
    if (message !== 'ready') asked.push(`${message.host}${message.path}`)
  })
  await once(servers, 'message')
  return {
    resolver: address,
    publicName: `public.${domain}`,
    names: {
      metadata: `metadata.${domain}`,
      loopback: `loopback.${domain}`,
      host: `host.${domain}`,
    },
    asked,
    [Symbol.asyncDispose]: async () => {
      servers.kill()
      await once(servers, 'close')
      await sh(`ip link del ${device}; ip netns del ${namespace}`)
    },
  }
}

async function sh(script: string): Promise<void> {
  await run('sh', ['-ec', script], { limitMs: 10_000 })
}
