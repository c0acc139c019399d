import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cgroupFolders } from '../../agent/daemon/cgroup.ts'
import {
  agentCgroup,
  agentScope,
  daemonPaths,
  socketFolder,
} from '../../agent/daemon/daemon-paths.ts'
import { chooseLink } from '../../agent/network/link.ts'
import { networkNames } from '../../agent/network/open-network.ts'
import { run } from '../../process/run.ts'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { isRunning } from '../processes.ts'

let farm: Farm
beforeAll(async () => {
  // A daemon that nobody uses is stopped at once: also between any two stages of a build.
  farm = await startFarm({ environment: { KILN_DAEMON_IDLE_SECONDS: '0' } })
})
afterAll(async () => farm[Symbol.asyncDispose]())

const client = () => createClient(farm.url)

async function makeProject(name: string): Promise<void> {
  const reply = await client().request('/api/projects', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
  expect(reply.status).toBe(201)
}

const list = async (folder: string) => readdir(folder).catch(() => [])

/** Everything outside of its own folder that this machine has because of the project's daemon. */
async function leftOf(project: string): Promise<readonly string[]> {
  const scope = agentScope(farm.agentDir)
  const paths = daemonPaths(join(farm.agentDir, 'daemons'), scope, project)
  const { device } = chooseLink({ scope, project, subnet: '10.213.0.0/16' }, new Set())
  const namespace = `${networkNames(scope).namespace}${project}`
  return [
    ...(await cgroupFolders(paths.cgroup)),
    ...(await list('/run/netns')).filter((name) => name === namespace),
    ...(await list('/sys/class/net')).filter((name) => name === device),
    ...[paths.socket, paths.pidFile].filter((path) => existsSync(path)),
    ...(await mountsOf(paths.folder)),
    ...((await isRunning(paths.config)) ? [`buildkitd ${paths.config}`] : []),
  ]
}

/** Mounts that name a folder in any mount namespace of this machine. */
async function mountsOf(folder: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const read = async (pid: string) => readFile(`/proc/${pid}/mounts`, 'utf8').catch(() => '')
  const lines = (await Promise.all(pids.map(read))).flatMap((text) => text.split('\n'))
  return lines.filter((line) => line.includes(folder))
}

it.each([
  ['ends well', async () => undefined, 'succeeded'],
  ['is cancelled', async (_, id) => void (await client().cancel(id)), 'cancelled'],
  [
    'loses its daemon to kill -9',
    async (project, id) => {
      const scope = agentScope(farm.agentDir)
      const { pidFile } = daemonPaths(join(farm.agentDir, 'daemons'), scope, project)
      process.kill((JSON.parse(await readFile(pidFile, 'utf8')) as { pid: number }).pid, 'SIGKILL')
      await client().until(id, ({ attempt, stage }) => attempt > 1 && stage === 'building')
      await client().cancel(id)
    },
    'cancelled',
  ],
] satisfies [string, (project: string, id: string) => Promise<void>, string][])(
  'leaves nothing of the daemon of a project whose build %s',
  async (name, act, status) => {
    const project = name.replace(/\W+/g, '-')
    await makeProject(project)
    const seconds = `7.${name.length}`
    const dockerfile = `FROM ${farm.baseImage}\nRUN sleep ${seconds}\n`
    const id = await client().submit({ project, name: project, dockerfile })
    await expect.poll(() => isRunning(`sleep ${seconds}`), { timeout: 60_000 }).toBe(true)
    const held = await leftOf(project)
    expect(held.some((one) => one.startsWith('/sys/fs/cgroup'))).toBe(true)
    expect(held.some((one) => one.startsWith('kn'))).toBe(true)
    expect(held.some((one) => one.startsWith('kiln-'))).toBe(true)
    expect(held.some((one) => one.includes('/rootfs '))).toBe(true)
    await act(project, id)
    expect(await client().until(id, (build) => build.status !== 'building')).toMatchObject({
      status,
    })
    await expect.poll(async () => leftOf(project), { timeout: 30_000 }).toEqual([])
    expect(await isRunning(`sleep ${seconds}`)).toBe(false)
  },
)

it('builds on while its daemon stops and starts between the stages of builds', async () => {
  await makeProject('restless')
  const build = async (_: unknown, index: number) =>
    client().build({
      project: 'restless',
      name: `restless-${index}`,
      dockerfile: `FROM ${farm.baseImage}\nRUN echo ${index} > /x\n`,
    })
  for (const done of await Promise.all(Array.from({ length: 4 }, build)))
    expect(done).toMatchObject({ status: 'succeeded', failure: null, attempt: 1 })
  await expect.poll(async () => leftOf('restless'), { timeout: 30_000 }).toEqual([])
})

it('leaves nothing of the agent once that is stopped', async () => {
  const scope = agentScope(farm.agentDir)
  const { namespace, prefix, table } = networkNames(scope)
  const tables = async () => (await run('nft', ['list', 'tables'], { limitMs: 10_000 })).stdout
  expect(await tables()).toContain(table)
  await farm.processes.agent?.[Symbol.asyncDispose]()
  expect(await tables()).not.toContain(table)
  expect((await list('/run/netns')).filter((name) => name.startsWith(namespace))).toEqual([])
  expect((await list('/sys/class/net')).filter((name) => name.startsWith(prefix))).toEqual([])
  expect(await cgroupFolders(agentCgroup(scope))).toEqual([])
  expect(existsSync(socketFolder(scope))).toBe(false)
  expect(await mountsOf(farm.agentDir)).toEqual([])
})
