import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../process/run.ts'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { isRunning } from '../processes.ts'
import { mountSmallDisk, type SmallDisk } from './small-disk.ts'

const MiB = 1024 ** 2
const size = 400 * MiB
/** What the node keeps free: more than the caches that could be pruned for it. */
const reserve = 60 * MiB
/** Within this a full disk has recovered, whatever filled it. */
const limitMs = 60_000

let disk: SmallDisk
let farm: Farm
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  disk = stack.use(await mountSmallDisk(size, 8_000))
  farm = stack.use(
    await startFarm({ environment: { KILN_BUILD_DIR: disk.folder, KILN_DISK_RESERVE: '60MiB' } }),
  )
  await client().request('/api/projects', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'neighbour' }),
  })
})
afterAll(async () => stack.disposeAsync())

const client = () => createClient(farm.url)
const node = async () => {
  const reply = await client().request('/api/nodes')
  const { nodes } = (await reply.json()) as { nodes: { disk_low: string | null }[] }
  return nodes[0]
}
const dockerfile = (...lines: string[]) => [`FROM ${farm.baseImage}`, ...lines].join('\n')
const fill = 'dd if=/dev/zero of=/big bs=1M count=1000'
const pid = async (project: string) => {
  const text = await readFile(join(disk.folder, project, 'buildkitd.pid.json'), 'utf8')
  return (JSON.parse(text) as { pid: number }).pid
}
const untilFull = async (of: 'bytes' | 'files' = 'bytes', left = 4 * MiB) =>
  expect
    .poll(async () => (await disk.free())[of], { timeout: 30_000, interval: 10 })
    .toBeLessThan(left)
const hasRecovered = async () => {
  const { bytes, files } = await disk.free()
  return bytes >= reserve && files >= 400 && (await node())?.disk_low === null
}

/** Waits until builds are taken again, and for the ballast. @param since when the disk was full. */
async function recover(since: number): Promise<void> {
  await expect.poll(hasRecovered, { timeout: limitMs + 10_000, interval: 50 }).toBe(true)
  const ms = performance.now() - since
  process.stdout.write(`recovered within ${(ms / 1000).toFixed(1)} s\n`)
  expect(ms).toBeLessThan(limitMs)
  await expect
    .poll(async () => readdir(join(disk.folder, '.ballast')).catch(() => []), { timeout: 10_000 })
    .toEqual(['whole'])
}

async function cachedSteps(name: string, lines: readonly string[]) {
  const build = await client().build({
    name,
    project: 'neighbour',
    dockerfile: dockerfile(...lines),
  })
  expect(build).toMatchObject({ status: 'succeeded' })
  const reply = await client().request(`/api/builds/${build.id}/steps`)
  const { steps } = (await reply.json()) as { steps: { name: string; cached: boolean }[] }
  return steps.filter(({ name: step, cached }) => cached && step.includes('RUN')).length
}

const neighbours = ['RUN head -c 20000000 /dev/urandom > /made']

beforeEach(async () => {
  await cachedSteps('neighbour', neighbours)
})

describe('a disk that is full', () => {
  it('of a build that needs more than there is: the build says so, and the next one succeeds', async () => {
    const id = await client().submit({ name: 'big', dockerfile: dockerfile(`RUN ${fill}`) })
    await untilFull()
    const since = performance.now()
    const tried = await client().until(id, ({ attempts }) => attempts[0]?.failure != null)
    expect(tried.attempts[0]).toMatchObject({
      failure: { code: 'disk_full', line: 2, exitCode: 1 },
    })
    await client().cancel(id)
    await client().until(id, ({ status }) => status !== 'building')
    await recover(since)
    const next = dockerfile('RUN echo next')
    expect(await client().build({ name: 'next', dockerfile: next })).toMatchObject({
      status: 'succeeded',
    })
    expect(await cachedSteps('neighbour', neighbours)).toBe(1)
  })

  it('of a build that goes on and keeps what it wrote: the build is stopped', async () => {
    const step = `RUN ${fill}; sleep 611.5`
    const id = await client().submit({ name: 'keeps', dockerfile: dockerfile(step) })
    await untilFull()
    const since = performance.now()
    const tried = await client().until(id, ({ attempts }) => attempts[0]?.failure != null)
    expect(tried.attempts[0]).toMatchObject({ failure: { code: 'disk_full' } })
    await client().cancel(id)
    await client().until(id, ({ status }) => status !== 'building')
    await recover(since)
    expect(await isRunning('sleep 611.5')).toBe(false)
  })

  it('when its daemon is killed as well', async () => {
    const step = `RUN ${fill}; sleep 612.5`
    const id = await client().submit({ name: 'killed', dockerfile: dockerfile(step) })
    await untilFull()
    process.kill(await pid('default'), 'SIGKILL')
    const since = performance.now()
    await client().cancel(id)
    await recover(since)
    const next = dockerfile('RUN echo after the kill')
    expect(await client().build({ name: 'after-kill', dockerfile: next })).toMatchObject({
      status: 'succeeded',
    })
    expect(await cachedSteps('neighbour', neighbours)).toBe(1)
  })

  it('when the agent is killed as well', async () => {
    const step = `RUN ${fill}; sleep 614.5`
    const id = await client().submit({ name: 'agent-killed', dockerfile: dockerfile(step) })
    await untilFull()
    const since = performance.now()
    await farm.kill('agent')
    await client().cancel(id)
    await client().until(id, ({ status }) => status !== 'building')
    await recover(since)
    expect(await cachedSteps('neighbour', neighbours)).toBe(1)
  })

  it('when the database of a daemon is broken: its cache begins anew, and no other', async () => {
    const id = await client().submit({
      name: 'broken',
      dockerfile: dockerfile(`RUN ${fill}; sleep 613.5`),
    })
    await untilFull()
    const since = performance.now()
    const path = join(disk.folder, 'default/root/runc-overlayfs/metadata_v2.db')
    const daemon = await pid('default')
    process.kill(daemon, 'SIGSTOP')
    await writeFile(path, Buffer.alloc(8192), { flag: 'r+' })
    process.kill(daemon, 'SIGKILL')
    await client().cancel(id)
    await recover(since)
    const next = dockerfile('RUN echo anew')
    expect(await client().build({ name: 'anew', dockerfile: next })).toMatchObject({
      status: 'succeeded',
    })
    expect(await cachedSteps('neighbour', neighbours)).toBe(1)
    await expect.poll(async () => readdir(disk.folder)).not.toContain('.gone')
  })

  it('of files that are too many', async () => {
    const step = 'RUN mkdir /d && for i in $(seq 9000); do echo > /d/$i || exit 3; done'
    const id = await client().submit({ name: 'files', dockerfile: dockerfile(step) })
    await untilFull('files', 100)
    const since = performance.now()
    const tried = await client().until(id, ({ attempts }) => attempts[0]?.failure != null)
    expect(tried.attempts[0]).toMatchObject({ failure: { code: 'disk_full', exitCode: 3 } })
    await client().cancel(id)
    await client().until(id, ({ status }) => status !== 'building')
    await recover(since)
  })

  it('of what is not ours: builds wait for it and are told why', async () => {
    const foreign = join(disk.folder, '.foreign')
    const { bytes } = await disk.free()
    await run('fallocate', ['--length', String(bytes - 2 * MiB), foreign], { limitMs: 10_000 })
    await expect
      .poll(async () => (await node())?.disk_low, { timeout: 20_000 })
      .toMatch(/^[\d.]+ .iB of [\d.]+ MiB free$/)
    const id = await client().submit({ name: 'waits', dockerfile: dockerfile('RUN echo waits') })
    const waiting = await client().until(id, (build) => build.waiting_reason !== null)
    expect(waiting.waiting_reason).toMatch(
      /^all 1 ready nodes make room on their disks first: \S+: [\d.]+ .iB of [\d.]+ MiB free$/,
    )
    await sleep(1_000)
    expect((await client().read(id)).attempt).toBe(0)
    await rm(foreign)
    const build = await client().until(id, ({ status }) => status !== 'building')
    expect(build).toMatchObject({ status: 'succeeded' })
  })
})

it('is not blamed for what a user says, or for a small tmpfs', async () => {
  for (const [name, step] of [
    ['says', 'RUN echo No space left on device; exit 4'],
    ['tmpfs', 'RUN --mount=type=tmpfs,target=/t,size=1m dd if=/dev/zero of=/t/x bs=1M count=4'],
  ] as const) {
    const build = await client().build({ name, dockerfile: dockerfile(step) })
    expect(build).toMatchObject({ status: 'failed', failure: { code: 'step_failed' } })
  }
})
