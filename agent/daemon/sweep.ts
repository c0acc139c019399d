import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Say } from '../../process/say.ts'
import { sweepNetworks } from '../network/open-network.ts'
import { killCgroup } from './cgroup.ts'
import { agentCgroup, agentScope, type DaemonPaths, socketFolder } from './daemon-paths.ts'

/**
 * Ends the steps that a killed daemon left: they neither go away with it, nor when it starts again. Their mounts do,
 * since a daemon has a mount namespace of its own.
 */
export async function sweepDaemon({ cgroup, root }: DaemonPaths, say: Say): Promise<void> {
  const { killed, left } = await killCgroup(cgroup)
  // Files that stood for the networks of steps, which are gone; the daemon would try to take each of them down.
  await rm(join(root, 'net'), { recursive: true, force: true })
  if (killed > 0) say(`${cgroup}: killed ${killed} processes that outlived their daemon`)
  if (left.length > 0) say(`${cgroup}: ${describeLeft(left)}`)
}

/**
 * Ends whatever an agent that was killed has left on this machine, its daemons too: a solve dies with its client, so
 * there is nothing to take over. `directory` is the agent's own.
 */
export async function sweepAgent(directory: string, say: Say): Promise<void> {
  const scope = agentScope(directory)
  const { killed, left } = await killCgroup(agentCgroup(scope))
  await sweepNetworks(scope)
  await rm(socketFolder(scope), { recursive: true, force: true })
  if (killed > 0) say(`killed ${killed} processes that an earlier agent left`)
  if (left.length > 0) say(describeLeft(left))
}

/** One that hangs in a driver ends with the machine only, and must not keep all others from working. */
function describeLeft(pids: readonly number[]): string {
  return `going on although SIGKILL does not end ${pids.length} processes: ${pids.slice(0, 10).join(', ')}`
}
