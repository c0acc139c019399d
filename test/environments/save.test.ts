import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { prune } from '../../agent/buildkit/prune.ts'
import { joinableFolders } from '../../agent/daemon/cgroup.ts'
import { environmentCgroup, environmentScope } from '../../agent/environments/environment-paths.ts'
import { connect } from '../../records/connect.ts'
import { type BuildView, createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { findRunning } from '../processes.ts'
import { createEnvironmentClient } from './client.ts'

const execute = promisify(execFile)

/** Twice the work, and a node that is lost in between. */
const slow = 300_000

let farm: Farm
let builds: ReturnType<typeof createClient>
let environments: ReturnType<typeof createEnvironmentClient>
/** Of the environment that is saved by most tests; it has changed what `changes` says. */
let id: string

const changes = [
  'mkdir -p /root /opt/tool /usr/lib /scratch; echo two > /opt/tool/two; ln /opt/tool/two /opt/tool/same',
  'rm /opt/old; echo "machine x login y password z" > /root/.netrc; touch /usr/lib/libcuda.so.1',
  'cp /bin/busybox /opt/capable; head -c 3000000 /dev/urandom > /scratch/data; export LATER=1',
  'echo done; exec sleep 6001.25',
].join('\n')

const save = async (environment: string, body: object) => {
  const reply = await environments.ask('POST', `/${environment}/save`, body)
  return { status: reply.status, body: (await reply.json()) as { build_id: string } }
}
const saved = async (environment: string, body: object): Promise<BuildView> => {
  const { status, body: answer } = await save(environment, body)
  expect([status, answer]).toMatchObject([202, { status: 'building' }])
  return builds.until(answer.build_id, ({ status: now }) => now !== 'building')
}
const shownLog = async (build: string) =>
  (await builds.follow(build)).map(({ line }) => JSON.stringify(line)).join('\n')

beforeAll(async () => {
  farm = await startFarm()
  builds = createClient(farm.url)
  environments = createEnvironmentClient(farm)
  const dockerfile = [
    `FROM ${farm.baseImage}`,
    'RUN mkdir /opt && echo old > /opt/old && echo kept > /opt/kept',
    'ENV COLOUR=blue\nSTOPSIGNAL SIGKILL\nONBUILD RUN touch /never\nCMD ["sleep", "6000.5"]',
  ]
  const built = await builds.build({ name: 'app', dockerfile: `${dockerfile.join('\n')}\n` })
  if (built.status !== 'succeeded') throw new Error(JSON.stringify(built.failure))
  id = await environments.run({ image: 'app', command: ['sh', '-c', changes] })
  while (!(await environments.log(id)).includes('done')) await sleep(100)
  const capable = join(environments.folder(id), 'root/opt/capable')
  await execute('setcap', ['cap_net_raw+ep', capable])
})
afterAll(async () => farm[Symbol.asyncDispose]())

it('shows before what would be saved, what would not, and whether there is room', async () => {
  const reply = await environments.ask('POST', `/${id}/save-preview`, {})
  const preview = (await reply.json()) as Record<string, unknown>
  expect([reply.status, preview]).toMatchObject([
    200,
    {
      environment_id: id,
      parent: { name: 'app', version: 1 },
      deleted: 1,
      secrets: [{ path: '/root/.netrc' }],
      driver: [{ path: '/usr/lib/libcuda.so.1' }],
      room: { fits: true, registry_left: null },
    },
  ])
  expect(preview['mounts']).toContainEqual({ path: '/etc/resolv.conf', type: 'bind', bytes: null })
  expect(preview['mounts']).toContainEqual({ path: '/dev/shm', type: 'tmpfs', bytes: 0 })
  expect(preview['folders']).toContainEqual({ path: '/scratch', bytes: 3_000_000 })
  const without = await environments.ask('POST', `/${id}/save-preview`, { drop: ['/scratch'] })
  expect(((await without.json()) as { bytes: number }).bytes).toBe(
    Number(preview['bytes']) - 3_000_000,
  )
})

it('saves it as an image with the right files, on its parent, which starts', async () => {
  const choices = { drop: ['/scratch'], config: { cmd: ['sleep', '6002.5'], env: { NEW: '1' } } }
  const build = await saved(id, { name: 'app:saved', ...choices })
  expect(build).toMatchObject({ status: 'succeeded', failure: null })
  expect(await environments.read(id)).toMatchObject({ state: 'running', start: 1 })
  const log = await shownLog(build.id)
  expect(log).toContain('left out /root/.netrc: passwords of hosts')
  expect(log).toMatch(/the environment stood still for \d+\.\d s/)
  const [parent, image] = [await farm.layers('app', 'latest'), await farm.layers('app', 'saved')]
  expect(image.slice(0, -1)).toEqual(parent)
  const config = await farm.config('app', 'saved')
  expect(config.config).toMatchObject({ Cmd: ['sleep', '6002.5'] })
  expect(config.config.Env).toEqual(expect.arrayContaining(['COLOUR=blue', 'NEW=1']))
  expect(JSON.stringify(config)).not.toMatch(/LATER|KILN_ENVIRONMENT/)
  const look = [
    'cat /opt/tool/two /opt/kept; stat -c %h /opt/tool/same; echo $COLOUR$NEW',
    'ls -d /opt/old /root/.netrc /usr/lib/libcuda.so.1 /scratch/data /never 2>&1 | grep -c "No such"',
    'echo looked; exec sleep 6003.5',
  ]
  const command = ['sh', '-c', look.join('\n')]
  const next = await environments.run({ image: 'app:saved', command })
  await expect.poll(() => environments.log(next), { timeout: 20_000 }).toContain('looked')
  expect(await environments.log(next)).toBe('two\nkept\n2\nblue1\n5\nlooked\n')
  const capable = join(environments.folder(next), 'root/opt/capable')
  expect((await execute('getcap', [capable])).stdout).toContain('cap_net_raw')
  await environments.stop(next)
})

it('joins a save that is the same, and refuses what cannot be saved', async () => {
  const [one, two] = await Promise.all([
    save(id, { name: 'app:twice' }),
    save(id, { name: 'app:twice' }),
  ])
  expect(two.body).toEqual(one.body)
  await builds.until(one.body.build_id, ({ status }) => status !== 'building')
  expect(await save(id, { name: 'App' })).toMatchObject({ status: 422 })
  expect(await save(id, { name: 'app:x', drop: ['relative'] })).toMatchObject({ status: 400 })
  expect(await save(id, { name: 'app:x', drop: ['/a/../b'] })).toMatchObject({ status: 400 })
})

/** As the kernel says, in either version of cgroups. */
const standsStill = async (environment: string) => {
  const name = environmentCgroup(environmentScope(farm.agentDir), environment)
  const texts = await Promise.all(
    (await joinableFolders(name)).flatMap((folder) =>
      ['freezer.state', 'cgroup.events'].map(async (file) =>
        readFile(join(folder, file), 'utf8').catch(() => ''),
      ),
    ),
  )
  return texts.some((text) => /^FROZEN$|^frozen 1$/m.test(text))
}

it(
  'lets it go on when the agent is killed in the middle, and gives up what is stopped',
  async () => {
    const command = [
      'sh',
      '-c',
      'head -c 120000000 /dev/urandom > /big; echo written; exec sleep 6004.5',
    ]
    const big = await environments.run({ image: 'app', command, cpu: 1 })
    await expect.poll(() => environments.log(big), { timeout: 60_000 }).toContain('written')
    const before = await findRunning('sleep 6004.5')
    const { body } = await save(big, { name: 'app:big' })
    await expect.poll(async () => standsStill(big), { timeout: 60_000, interval: 20 }).toBe(true)
    await farm.kill('agent')
    await expect.poll(async () => standsStill(big), { timeout: 5_000 }).toBe(false)
    expect(await findRunning('sleep 6004.5')).toEqual(before)
    const build = await builds.until(body.build_id, ({ status }) => status !== 'building', 240_000)
    expect(build).toMatchObject({ status: 'succeeded' })
    expect(build.attempt).toBeGreaterThan(1)
    expect(await environments.untilState(big, 'running')).toMatchObject({ start: 1 })
    expect(await standsStill(big)).toBe(false)

    const given = await save(big, { name: 'app:given-up' })
    await expect.poll(async () => standsStill(big), { timeout: 60_000, interval: 20 }).toBe(true)
    await environments.stop(big)
    expect(
      await builds.until(given.body.build_id, ({ status }) => status !== 'building'),
    ).toMatchObject({ status: 'failed', failure: { code: 'environment_changed', actor: 'user' } })
  },
  slow,
)

it('saves what has stopped, also where the build daemon has nothing of its image any more', async () => {
  const command = ['sh', '-c', 'echo kept > /mine; exec sleep 6005.5']
  const other = await environments.run({ image: 'app', command })
  await environments.stop(other)
  await prune(farm.buildkitAddress, { all: true }, AbortSignal.timeout(30_000))
  expect(await saved(other, { name: 'app:rested' })).toMatchObject({ status: 'succeeded' })
  const gone = await environments.create({ image: 'app', command })
  await environments.untilState(gone, 'running')
  await environments.stop(gone)
  expect((await environments.ask('POST', `/${gone}/start`)).status).toBe(202)
  expect(await save(gone, { name: 'app:y' })).toMatchObject({ status: 409 })
  await environments.untilState(gone, 'running')
})

it('has an image ready on its node before anybody starts from it', async () => {
  const dockerfile = `FROM ${farm.baseImage}\nRUN echo ahead > /ahead\n`
  const built = await builds.build({ name: 'ahead', dockerfile })
  expect(built).toMatchObject({ status: 'succeeded' })
  const db = connect(farm.databaseUrl, 1)
  await sql`insert into images_ahead (node_id, version_id)
    select nodes.id, versions.id from nodes, versions join images on images.id = image_id
    where images.name = 'ahead'`.execute(db)
  const read = async () => db.selectFrom('images_ahead').select(['state', 'message']).execute()
  await expect.poll(read, { timeout: 60_000 }).toEqual([{ state: 'done', message: '' }])
  await db.destroy()
  const unpacked = join(farm.agentDir, 'environment-images', 'default')
  const file = join(unpacked, (built.digest ?? '').replace('sha256:', ''), 'ahead')
  expect(await readFile(file, 'utf8')).toBe('ahead\n')
})
