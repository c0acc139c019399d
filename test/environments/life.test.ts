import { access, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { findRunning, isRunning } from '../processes.ts'
import { createEnvironmentClient } from './client.ts'
import { offerVolumes, testVolumes } from './volumes.ts'

let farm: Farm
/** Holds what its node offers. */
let offered: string
let builds: ReturnType<typeof createClient>
let environments: ReturnType<typeof createEnvironmentClient>
beforeAll(async () => {
  const volumes = await offerVolumes()
  offered = volumes.folder
  farm = await startFarm({ environment: volumes.environment })
  builds = createClient(farm.url)
  environments = createEnvironmentClient(farm)
  for (const which of ['one', 'two']) {
    const dockerfile = [
      `FROM ${farm.baseImage}`,
      `RUN echo ${which} > /which && mkdir /work && ln /which /same && chown 65534:7 /work`,
      'ENV COLOUR=blue\nSTOPSIGNAL SIGKILL\nUSER nobody\nWORKDIR /work\nENTRYPOINT ["sh", "-c"]',
      'CMD ["cat /which; sleep 5000.25"]',
      'ONBUILD RUN touch /never',
    ]
    const built = await builds.build({ name: 'app', dockerfile: `${dockerfile.join('\n')}\n` })
    if (built.status !== 'succeeded') throw new Error(JSON.stringify(built.failure))
  }
})
afterAll(async () => {
  await farm[Symbol.asyncDispose]()
  await rm(offered, { recursive: true, force: true })
})

const printed = async (id: string, text: string | RegExp) =>
  expect.poll(() => environments.log(id), { timeout: 10_000 }).toMatch(text)

const post = async (path: string, body: object) => {
  const headers = { 'content-type': 'application/json' }
  return builds.request(path, { method: 'POST', headers, body: JSON.stringify(body) })
}

it('runs the digest that the name had, also when the name has moved before it started', async () => {
  const { nodes } = (await (await builds.request('/api/nodes')).json()) as {
    nodes: { id: string }[]
  }
  const drain = async () => {
    const reply = await post(`/api/nodes/${nodes[0]?.id}/drain`, { reason: 'a new driver' })
    return ((await reply.json()) as { drain: { done: boolean } }).drain.done
  }
  expect(await drain()).toBe(true)
  const id = await environments.create({ image: 'app' })
  const waiting = await environments.until(id, ({ waiting_reason: why }) => why !== null)
  expect(waiting).toMatchObject({ state: 'waiting', version: 2 })
  expect(waiting.waiting_reason).toMatch(/takes no more work: a new driver$/)
  const inChinese = await environments.ask('GET', `/${id}?lang=zh`)
  expect(await inChinese.json()).toMatchObject({
    waiting_reason: expect.stringMatching(/不再接受任务：a new driver$/),
  })
  const image = (await builds.images()).find(({ name }) => name === 'app')
  const moved = await post(`/api/images/${image?.id}/rollback`, { version: 1 })
  expect([moved.status, await moved.json()]).toMatchObject([
    202,
    { environments: [{ id, version: 2 }] },
  ])
  await environments.until(id, ({ name_points_at: current }) => current === 1)
  await post(`/api/nodes/${nodes[0]?.id}/resume`, {})
  expect(await environments.untilState(id, 'running')).toMatchObject({
    version: 2,
    name_points_at: 1,
  })
  await printed(id, 'two')
  expect(await drain()).toBe(false)
  await post(`/api/nodes/${nodes[0]?.id}/resume`, {})
  const refused = await builds.request(`/api/images/${image?.id}/versions/2`, { method: 'DELETE' })
  expect([refused.status, await refused.json()]).toMatchObject([
    409,
    { code: 'in_use', detail: expect.stringContaining(id) },
  ])
  expect(await environments.stop(id)).toMatchObject({
    state: 'stopped',
    reason: { code: 'stop_requested' },
  })
  expect(await isRunning('sleep 5000.25')).toBe(false)
})

it('keeps what the image says of user, folder, variables and files, and shuts the rest out', async () => {
  const { hostname: host, port } = new URL(farm.url)
  const look = [
    'id -u; pwd; echo $COLOUR; stat -c %h:%u /same; stat -c %u:%g /work; ls /never',
    'grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status | tr "\\t" " "',
    `nc -w 3 ${host} ${port} </dev/null && echo reached; unshare -U true; mount -t tmpfs x /tmp`,
    'cat /proc/kcore | head -c 1 | wc -c; echo done; sleep 5000.5',
  ]
  const id = await environments.run({ image: 'app', command: ['sh', '-c', look.join('\n')] })
  await printed(id, 'done')
  const log = await environments.log(id)
  // What it prints and what goes wrong come by two ways, in no certain order.
  const lines = log.split('\n')
  const told = ['65534', '/work', 'blue', '2:0', '65534:7', 'NoNewPrivs: 1', 'Seccomp: 2', '0']
  expect(told.filter((line) => !lines.includes(line))).toEqual([])
  expect(log).toContain('/never: No such file')
  expect(log).toMatch(/CapEff: 0{16}\nCapBnd: 00000000[0-9a-f]{8}\n/)
  expect(log).not.toContain('reached')
  expect(log).toMatch(/unshare.*not permitted/)
  expect(log).toContain('mount: permission denied')
  await environments.stop(id)
})

it('starts again with what was written, and frees it when it is deleted', async () => {
  const command = ['sh', '-c', 'cat /work/mine; echo kept > /work/mine; sleep 5000.75']
  const id = await environments.run({ image: 'app', command })
  await expect
    .poll(() => readFile(join(environments.folder(id), 'upper/work/mine'), 'utf8').catch(() => ''))
    .toBe('kept\n')
  expect((await environments.ask('DELETE', `/${id}`)).status).toBe(409)
  await environments.stop(id)
  expect((await environments.ask('POST', `/${id}/start`)).status).toBe(202)
  expect(await environments.untilState(id, 'running')).toMatchObject({ start: 2 })
  await printed(id, /kept/)
  await environments.stop(id)
  expect((await environments.ask('DELETE', `/${id}`)).status).toBe(204)
  expect((await environments.ask('GET', `/${id}`)).status).toBe(404)
  const isThere = async () =>
    access(environments.folder(id)).then(
      () => true,
      () => false,
    )
  await expect.poll(isThere, { timeout: 20_000 }).toBe(false)
})

it('tells how a program ended, why it was not found, and that its time is over', async () => {
  const ends = [
    [{ command: ['sh', '-c', 'exit 3'] }, 'failed', 'program_failed', 3],
    [{ command: ['true'] }, 'stopped', 'program_ended', 0],
    [{ command: ['no-such-program'] }, 'failed', 'program_not_found', null],
    [{ command: ['sleep', '5001'], ttl_seconds: 1 }, 'stopped', 'expired', null],
    [{ command: ['sleep', '5002'], idle_seconds: 1 }, 'stopped', 'idle', null],
    [{ command: ['sh', '-c', 'tail /dev/zero'] }, 'failed', 'out_of_memory', 137],
  ] as const
  for (const [request, state, code, exitCode] of ends) {
    const id = await environments.create({ image: 'app', ...request })
    const ended = await environments.until(id, (seen) => ['stopped', 'failed'].includes(seen.state))
    expect([code, ended]).toMatchObject([code, { state, reason: { code }, exit_code: exitCode }])
  }
})

it('refuses at once what no node could run, with what would help', async () => {
  const refuse = async (request: object, query = '') => {
    const reply = await environments.ask('POST', query, { image: 'app', ...request })
    return [reply.status, await reply.json()]
  }
  expect(await refuse({ memory_bytes: 2 ** 45 })).toMatchObject([
    422,
    { code: 'environment_unfit', detail: expect.stringContaining('ask for at most memory_bytes') },
  ])
  expect(await refuse({ memory_bytes: 2 ** 45 }, '?lang=zh')).toMatchObject([
    422,
    { code: 'environment_unfit', detail: expect.stringContaining('没有节点能提供') },
  ])
  expect(await refuse({ cpu: 512 })).toMatchObject([422, { code: 'environment_unfit' }])
  expect(await refuse({ image: 'none' })).toMatchObject([404, { errors: [{ field: 'image' }] }])
  expect(await refuse({ version: 9 })).toMatchObject([404, { errors: [{ field: 'version' }] }])
  expect(await refuse({ gpus: 1 })).toMatchObject([400, { code: 'invalid_request' }])
})

testVolumes(() => ({ builds, environments }))

interface NodeView {
  readonly id: string
  readonly registered_at: string
}

const readNode = async () => {
  const reply = await builds.request('/api/nodes')
  return ((await reply.json()) as { nodes: NodeView[] }).nodes[0]
}

it('tells what it has used, and is stopped when it has written more than it may', async () => {
  const command = ['sh', '-c', 'head -c 3000000 /dev/urandom > /work/much; exec sleep 5006.5']
  const id = await environments.run({ image: 'app', command, disk_bytes: 2 * 1024 ** 2 })
  expect(await environments.until(id, ({ state }) => state === 'stopped')).toMatchObject({
    reason: { code: 'disk_exceeded' },
    usage: { memory_bytes: expect.any(Number), gpu_minutes: null },
  })
  const { usage } = (await environments.read(id)) as unknown as { usage: { disk_bytes: number } }
  expect(usage.disk_bytes).toBeGreaterThan(2_900_000)
})

it('goes on when the agent is killed, which finds it again', async () => {
  const id = await environments.run({ image: 'app', command: ['sleep', '5003.5'] })
  const before = await findRunning('sleep 5003.5')
  const registered = (await readNode())?.registered_at
  await farm.kill('agent')
  const isBack = async () => (await readNode())?.registered_at !== registered
  await expect.poll(isBack, { timeout: 60_000 }).toBe(true)
  expect(await environments.untilState(id, 'running')).toMatchObject({ start: 1 })
  expect(await findRunning('sleep 5003.5')).toEqual(before)
  expect(await environments.stop(id)).toMatchObject({ reason: { code: 'stop_requested' } })
  expect(await isRunning('sleep 5003.5')).toBe(false)
})

it('is stopped for the farm while its node is away, and by the node as soon as that is back', async () => {
  const id = await environments.run({ image: 'app', command: ['sleep', '5004.5'] })
  await farm.kill('agent')
  expect(await environments.stop(id)).toMatchObject({ reason: { code: 'stop_requested' } })
  await expect.poll(async () => isRunning('sleep 5004.5'), { timeout: 60_000 }).toBe(false)
})

it('is lost while its node does not answer, and runs again as soon as that does', async () => {
  const id = await environments.run({ image: 'app', command: ['sleep', '5008.5'] })
  const pid = farm.processes.agent?.pid ?? 0
  process.kill(pid, 'SIGSTOP')
  try {
    expect(await environments.untilState(id, 'lost')).toMatchObject({
      reason: { code: 'node_lost' },
    })
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await environments.untilState(id, 'running')
  const reply = await environments.ask('GET', `/${id}/events?limit=3&lang=zh`)
  const { events } = (await reply.json()) as { events: { state: string; reason: unknown }[] }
  expect(events.map(({ state }) => state)).toEqual(['running', 'lost', 'running'])
  expect(events[1]?.reason).toMatchObject({ text: expect.stringContaining('节点') })
  await environments.stop(id)
})
