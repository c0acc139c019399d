import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listenIn } from '../../agent/network/listen-in.ts'
import { namespacePath, withoutIpv6 } from '../../agent/network/namespace.ts'
import { relay } from '../../agent/network/relay.ts'
import { run } from '../../process/run.ts'

const limitMs = 10_000
let opened = 0

/**
 * A browser without any address but loopback takes itself to be offline, and those of IPv6 come a second after their device.
 */
const devices = `
  ${withoutIpv6}
  ip link set lo up
  ip link add out0 type veth peer name out1
  ip addr add 198.51.100.1/24 dev out0
  ip link set out0 up
  ip link set out1 up`

export interface QuietNetwork extends AsyncDisposable {
  /** What runs the program in that network, with the arguments that it is given itself. */
  readonly program: string
}

/**
 * A network in which nothing but these servers of this machine is reached, at their own addresses. Chromium gives up whatever it
 * is fetching when an address of its network comes or goes (`ERR_NETWORK_CHANGED`), and those of builds do so all the time.
 */
export async function openQuietNetwork(
  program: string,
  servers: readonly URL[],
): Promise<QuietNetwork> {
  await using stack = new AsyncDisposableStack()
  opened += 1
  const name = `browser-${process.pid}-${opened}`
  await run('ip', ['netns', 'add', name], { limitMs })
  stack.defer(async () => void (await run('ip', ['netns', 'del', name], { limitMs })))
  await run('nsenter', [`--net=${namespacePath(name)}`, '--', 'sh', '-ec', devices], { limitMs })
  for (const { hostname, port } of servers) {
    const address = { host: hostname, port: Number(port) }
    stack.use(relay(await listenIn(name, address), address))
  }
  const folder = await mkdtemp(join(tmpdir(), 'kiln-browser-'))
  stack.defer(async () => rm(folder, { recursive: true }))
  const starter = join(folder, 'start')
  await writeFile(
    starter,
    `#!/bin/sh\nexec nsenter --net=${namespacePath(name)} -- '${program}' "$@"\n`,
  )
  await chmod(starter, 0o755)
  const owned = stack.move()
  return { program: starter, [Symbol.asyncDispose]: async () => owned.disposeAsync() }
}
