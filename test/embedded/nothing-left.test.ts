import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { cgroupFolders } from '../../agent/daemon/cgroup.ts'
import { agentCgroup, agentScope, socketFolder } from '../../agent/daemon/daemon-paths.ts'
import { createClient } from '../client.ts'
import { startFarm } from '../farm.ts'
import { isRunning } from '../processes.ts'

it.each(['stopped', 'killed'])('a farm whose agent was %s leaves nothing behind', async (how) => {
  let agentDir: string
  {
    await using farm = await startFarm()
    agentDir = farm.agentDir
    const client = createClient(farm.url)
    const dockerfile = `FROM ${farm.baseImage}\nRUN sleep 600.${how.length}\n`
    await client.post({ name: 'left', dockerfile })
    await expect.poll(() => isRunning(`sleep 600.${how.length}`), { timeout: 60_000 }).toBe(true)
    if (how === 'killed') await farm.kill('agent')
  }
  const scope = agentScope(agentDir)
  expect(await isRunning(`sleep 600.${how.length}`)).toBe(false)
  expect(await isRunning(`${agentDir}/daemons/default/buildkitd.toml`)).toBe(false)
  expect(await readFile('/proc/mounts', 'utf8')).not.toContain(agentDir)
  expect(await cgroupFolders(agentCgroup(scope))).toEqual([])
  expect(existsSync(socketFolder(scope))).toBe(false)
})
