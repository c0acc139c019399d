import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cgroupFolders } from '../../agent/daemon/cgroup.ts'
import { agentScope, daemonPaths } from '../../agent/daemon/daemon-paths.ts'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { findRunning } from '../processes.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

const client = () => createClient(farm.url)
const outside = '/outside'

it.each([
  [{ cgroup_parent: outside }, 'options'],
  [{ 'cgroup-parent': outside }, 'options'],
  [{ limits: { cgroup_parent: outside } }, 'options.limits'],
  [{ build_args: { 'cgroup-parent': outside } }, 'options.build_args.cgroup-parent'],
  [
    { build_args: { BUILDKIT_CGROUP_PARENT: outside } },
    'options.build_args.BUILDKIT_CGROUP_PARENT',
  ],
])('the cgroup parent cannot be set by a user: %j is refused', async (options, field) => {
  const body = { name: 'x', dockerfile: `FROM ${farm.baseImage}\n`, options }
  const reply = await client().post(JSON.stringify(body))
  expect(reply.status).toBe(400)
  expect(await reply.json()).toMatchObject({ code: 'invalid_request', errors: [{ field }] })
})

it('the cgroup parent cannot be set by a user: steps run below that of their project', async () => {
  const dockerfile = [
    `# cgroup-parent=${outside}`,
    `FROM ${farm.baseImage}`,
    `ARG cgroup_parent=${outside}`,
    'RUN sleep 63.25',
  ].join('\n')
  const options = { labels: { 'cgroup-parent': outside }, build_args: { cgroup_parent: outside } }
  const id = await client().submit({ name: 'parent', dockerfile, options })
  const running = async () => findRunning('sleep 63.25')
  await expect.poll(async () => (await running()).length, { timeout: 60_000 }).toBeGreaterThan(0)
  const { stepsCgroup } = daemonPaths(
    join(farm.agentDir, 'daemons'),
    agentScope(farm.agentDir),
    'default',
  )
  const lists = (await cgroupFolders(stepsCgroup)).map(async (folder) =>
    readFile(join(folder, 'cgroup.procs'), 'utf8'),
  )
  const inSteps = new Set((await Promise.all(lists)).join('').split('\n'))
  expect((await running()).filter((pid) => !inSteps.has(pid))).toEqual([])
  await client().cancel(id)
  await client().until(id, ({ status }) => status === 'cancelled')
})

it('the cgroup parent cannot be set by a user: RUN has no such flag', async () => {
  const dockerfile = `FROM ${farm.baseImage}\nRUN --cgroup-parent=${outside} true\n`
  const build = await client().build({ name: 'flag', dockerfile })
  expect(build.failure).toMatchObject({ code: 'dockerfile_invalid', line: 2 })
})
