import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cgroupFolders } from '../../agent/daemon/cgroup.ts'
import { agentScope, daemonPaths } from '../../agent/daemon/daemon-paths.ts'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { countRunning, isRunning } from '../processes.ts'

const processes = 400
const greedy = 'greedy'
const neighbour = 'neighbour'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm({
    environment: { KILN_BUILD_PIDS: String(processes), KILN_BUILD_MEMORY: '512MiB' },
  })
  for (const name of [greedy, neighbour]) {
    const reply = await client().request('/api/projects', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    })
    if (!reply.ok) throw new Error(`no project: ${reply.status}`)
  }
})
afterAll(async () => farm[Symbol.asyncDispose]())

const client = () => createClient(farm.url)
const paths = (project: string) =>
  daemonPaths(join(farm.agentDir, 'daemons'), agentScope(farm.agentDir), project)

/** A build of the greedy project whose only RUN is this script. */
const script = (name: string, lines: readonly string[], options = {}) => ({
  project: greedy,
  name,
  dockerfile: [`FROM ${farm.baseImage}`, 'RUN <<EOF', ...lines, 'EOF'].join('\n'),
  options: { network: 'none', ...options },
})

let builds = 0
async function neighbourBuilds() {
  const line = `RUN for i in 1 2 3 4 5 6 7 8; do sleep 0.1 & done; wait; echo ${(builds += 1)}`
  const dockerfile = `FROM ${farm.baseImage}\n${line}\n`
  const done = await client().build({ project: neighbour, name: 'neighbour', dockerfile })
  expect(done).toMatchObject({ status: 'succeeded', failure: null, attempt: 1 })
}

async function pidOf(project: string): Promise<number> {
  return (JSON.parse(await readFile(paths(project).pidFile, 'utf8')) as { pid: number }).pid
}

async function inSteps(project: string): Promise<number> {
  const folders = await cgroupFolders(paths(project).stepsCgroup)
  const lists = folders.map((folder) => readFile(join(folder, 'cgroup.procs'), 'utf8'))
  return (await Promise.all(lists)).join('').split('\n').filter(Boolean).length
}

const log = async (id: string) => (await client().follow(id)).map(({ line }) => line.text)

describe('a fork bomb', () => {
  it('that gives up fails with a code of its own', async () => {
    const lines = ['for i in $(seq 1500); do sleep 61.25 & done', 'wait']
    const done = await client().build(script('gives-up', lines))
    expect(done).toMatchObject({
      status: 'failed',
      failure: { code: 'too_many_processes', line: 2, actor: 'user' },
    })
    expect(done.failure?.message).toContain(`${processes} at once`)
    await expect.poll(() => countRunning('sleep 61.25'), { timeout: 10_000 }).toBe(0)
  })

  it('that goes on takes no more than its share until it is cancelled, and its neighbour builds', async () => {
    const lines = [
      'awk \'BEGIN { for (i = 0; i < 4000; i++) system("sleep 62.25 &") }\'',
      'sleep 600.75',
    ]
    await neighbourBuilds()
    const id = await client().submit(script('goes-on', lines))
    let most = 0
    await expect
      .poll(async () => (most = Math.max(most, await countRunning('sleep 62.25'))), {
        timeout: 60_000,
      })
      .toBeGreaterThan(processes * 0.75)
    await neighbourBuilds()
    most = Math.max(most, await countRunning('sleep 62.25'))
    expect(await client().read(id)).toMatchObject({ status: 'building' })
    expect(most).toBeLessThanOrEqual(processes)
    await client().cancel(id)
    await client().until(id, ({ status }) => status === 'cancelled')
    await expect.poll(() => countRunning('sleep 62.25'), { timeout: 20_000 }).toBe(0)
    expect(await inSteps(greedy)).toBe(0)
  })
})

describe('a memory hog', () => {
  /** Twenty-seven times twice as much: 1 GiB in the end, and as much again on the way. */
  const grow = 'x=aaaaaaaa; i=0; while [ $i -lt 27 ]; do x=$x$x; i=$((i+1)); done; echo grown'

  it.each([
    ['in a shell', [grow], {}],
    [
      'in files of /dev/shm',
      ['dd if=/dev/zero of=/dev/shm/x bs=1M count=1000', 'echo grown'],
      { limits: { shm_size: '2GiB' } },
    ],
  ])('%s fails with a code of its own', async (name, lines, options) => {
    const done = await client().build(
      script(name.replace(/\W+/g, '-'), ['set -e', ...lines], options),
    )
    expect(done).toMatchObject({
      status: 'failed',
      failure: { code: 'out_of_memory', line: 2, actor: 'user', exitCode: 137 },
    })
    expect(done.failure?.message).toContain('512MiB')
    expect(await log(done.id)).not.toContain('grown')
  })

  it('whose parts are killed again and again leaves its daemon and its neighbour alone', async () => {
    await neighbourBuilds()
    const daemons = [await pidOf(greedy), await pidOf(neighbour)]
    const lines = ['for n in $(seq 100); do', `sh -c '${grow}'`, 'sleep 0.2', 'echo again', 'done']
    const id = await client().submit(script('again', lines))
    await client().follow(id, { enough: 5 })
    await neighbourBuilds()
    expect(await client().read(id)).toMatchObject({ status: 'building' })
    await client().cancel(id)
    await client().until(id, ({ status }) => status === 'cancelled')
    const told = await log(id)
    expect(told).toContain('again')
    expect(told).not.toContain('grown')
    expect([await pidOf(greedy), await pidOf(neighbour)]).toEqual(daemons)
  })
})

describe('of two stages that run at the same time', () => {
  /** `one` and `two` are in lines 2 and 4. */
  const stages = (name: string, one: string, two: string) => ({
    project: greedy,
    name,
    dockerfile: [
      `FROM ${farm.baseImage} AS one`,
      `RUN ${one}; touch /one`,
      `FROM ${farm.baseImage}`,
      `RUN ${two}; touch /two`,
      'COPY --from=one /one /',
    ].join('\n'),
  })
  const grow = 'dd if=/dev/zero of=/dev/shm/x bs=1M count=1000'
  const options = { limits: { shm_size: '2GiB' } }

  it.each(['proxy', 'none'])('names the one that met a limit, with network %s', async (network) => {
    const sleeping = 'for i in $(seq 300); do sleep 1; done'
    const parallel = stages(`parallel-${network}`, sleeping, `sleep 3; ${grow} || exit 137`)
    const done = await client().build({ ...parallel, options: { ...options, network } })
    expect(done.failure).toMatchObject({ code: 'out_of_memory', line: 4, exitCode: 137 })
  })

  it('names the one that failed by itself, not the one that met a limit and went on', async () => {
    const met = `sh -c '${grow}'; for i in $(seq 300); do sleep 1; done`
    const parallel = stages('parallel-fails', met, 'sleep 8; exit 5')
    const done = await client().build({ ...parallel, options: { ...options, network: 'none' } })
    expect(done.failure).toMatchObject({ code: 'step_failed', line: 4, exitCode: 5 })
  })
})

it('counts only what the kernel did: a step that kills itself has failed', async () => {
  const done = await client().build(script('kills-itself', ["sh -c 'kill -9 $$'", 'exit $?']))
  expect(done).toMatchObject({ failure: { code: 'step_failed', exitCode: 137 } })
})

it('shows a RUN its cgroup, which it can neither widen nor leave', async () => {
  const lines = [
    'cat /proc/self/cgroup; cat /proc/self/oom_score_adj',
    'for f in $(find /sys/fs/cgroup -type f -name "*.max" -o -name "*limit_in_bytes" -o -name "cgroup.*" -o -name release_agent -o -name tasks); do',
    '  echo "SEEN ${f##*/}"; { echo 9999999 > $f; } 2>/dev/null && echo "WROTE $f"; done',
    'for d in $(find /sys/fs/cgroup -type d); do [ -e $d/cgroup.procs ] && mkdir $d/wider 2>/dev/null && echo "MADE $d"; done',
    'for d in /sys/fs/cgroup $(find /sys/fs/cgroup -type d); do mount -o remount,rw $d 2>/dev/null && echo "REMOUNTED $d"; done',
    'mkdir /m; for t in pids memory; do mount -t cgroup -o $t x /m 2>/dev/null && echo "MOUNTED $t"; done',
    'mount -t cgroup2 x /m 2>/dev/null && echo MOUNTED 2',
    '{ echo -1000 > /proc/self/oom_score_adj; } 2>/dev/null && echo LOWERED',
    'true',
  ]
  const done = await client().build(script('looks', lines))
  expect(done).toMatchObject({ status: 'succeeded', failure: null })
  const told = await log(done.id)
  expect(told.filter((line) => /^(WROTE|MADE|REMOUNTED|MOUNTED|LOWERED)/.test(line))).toEqual([])
  expect(told).toContain('SEEN pids.max')
  expect(told).toContain('500')
})

it('leaves no process of a step behind', async () => {
  expect([await inSteps(greedy), await inSteps(neighbour)]).toEqual([0, 0])
  expect(await isRunning('sleep 600.75')).toBe(false)
})
