import { rm } from 'node:fs/promises'
import { readMounts } from '../../process/mounts.ts'
import { run } from '../../process/run.ts'
import type { Say } from '../../process/say.ts'
import { killCgroup } from '../daemon/cgroup.ts'
import { sweepNetworks } from '../network/open-network.ts'
import { environmentScope, environmentsFolder, runcRoot } from './environment-paths.ts'

const limitMs = 10_000

/**
 * Ends all environments of an agent that is not to come back. What they have written is kept. @param directory the agent's
 * own.
 */
export async function sweepEnvironments(directory: string, say: Say): Promise<void> {
  const scope = environmentScope(directory)
  const { killed } = await killCgroup(`kiln-${scope}`)
  await sweepNetworks(scope)
  await rm(runcRoot(scope), { recursive: true, force: true })
  const folder = `${environmentsFolder(directory)}/`
  const mounts = (await readMounts()).filter(({ path }) => path.startsWith(folder))
  for (const { path } of mounts) await run('umount', [path], { limitMs })
  if (killed > 0) say(`ended the ${killed} processes of this machine's environments`)
}
