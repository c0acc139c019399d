import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startServerAlone, type ServerAlone } from '../server-alone.ts'
import { runInProcess } from './kit/in-process.ts'

let server: ServerAlone
let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'kiln-cli-'))
  server = await startServerAlone({
    KILN_REGISTRY_URL: 'http://127.0.0.1:1',
    KILN_SECRETS_KEY: randomBytes(32).toString('base64'),
  })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})

const kiln = async (...args: readonly string[]) =>
  runInProcess(args, { server: server.url.href, home })
const json = async (...args: readonly string[]): Promise<unknown> => {
  const { code, stdout, stderr } = await kiln(...args, '--json')
  expect([args, code, stderr]).toEqual([args, 0, ''])
  return JSON.parse(stdout)
}
/** What a command is refused with, which it says to people and to programs alike. */
const refused = async (...args: readonly string[]) => {
  const [forPeople, forPrograms] = [await kiln(...args), await kiln(...args, '--json')]
  expect([args, forPeople.code, forPeople.stdout]).toEqual([args, forPrograms.code, ''])
  const { error } = JSON.parse(forPrograms.stdout) as { error: { code: string } }
  return [forPeople.code, error.code, forPeople.stderr]
}
const saying = (text: string) => expect.stringContaining(text) as unknown

it('makes users and changes them', async () => {
  expect(await json('admin', 'users', 'create', 'ann')).toMatchObject({ name: 'ann' })
  expect(await refused('admin', 'users', 'create', 'ann')).toEqual([
    2,
    expect.any(String),
    saying('ann'),
  ])
  expect(await json('admin', 'users', 'set', 'ann', '--operator')).toMatchObject({ operator: true })
  expect(await json('admin', 'users', 'set', 'ann', '--no-operator', '--disable')).toMatchObject({
    operator: false,
    disabled: true,
  })
  await kiln('admin', 'users', 'set', 'ann', '--enable')
  expect(await json('admin', 'users')).toMatchObject({
    users: expect.arrayContaining([expect.objectContaining({ name: 'ann', disabled: false })]),
  })
  expect(await refused('admin', 'users', 'set', 'nobody', '--disable')).toEqual([
    2,
    'not_found',
    saying('nobody'),
  ])
})

it('makes members of users', async () => {
  await kiln('admin', 'users', 'create', 'ben')
  const set = await kiln('members', 'set', 'ben', 'builder')
  expect(set).toMatchObject({ code: 0, stdout: 'ben is builder in default\n' })
  expect(await json('members')).toMatchObject({ members: [{ user: 'ben', role: 'builder' }] })
  expect(await refused('members', 'set', 'ben', 'owner')).toEqual([
    2,
    'usage',
    saying('viewer, builder, admin'),
  ])
  expect((await refused('members', 'set', 'nobody', 'viewer')).slice(0, 2)).toEqual([
    2,
    'user_unknown',
  ])
  expect(await json('members', 'rm', 'ben')).toEqual({ user: 'ben', removed: true })
  expect(await json('members')).toEqual({ members: [] })
})

it('limits what a project may have', async () => {
  const limits = { images: { limit: 20 }, registry_bytes: { limit: 500 * 1024 ** 3 } }
  expect(await json('quotas', 'set', 'images=20', 'registry_bytes=500GiB')).toMatchObject(limits)
  expect(await json('quotas')).toMatchObject(limits)
  expect((await kiln('quotas', 'set', 'images=none')).stdout).toMatch(/^images +\d+ +∞$/m)
  expect(await refused('quotas', 'set', 'pictures=1')).toEqual([2, 'usage', saying('pictures=1')])
  for (const wrong of ['images=many', 'images=1GiB', 'images=-1', 'registry_bytes=1XB']) {
    expect(await refused('quotas', 'set', wrong)).toEqual([2, 'usage', saying(wrong)])
  }
})

it('sets the policies of a project, a part at a time, and shows them', async () => {
  await kiln('projects', 'create', 'audio')
  const command =
    'projects set audio --gpu-policy require_gpu --gpu-wait 90 --scan-policy report --no-pull-ahead'
  const set = await json(...command.split(' '))
  expect(set).toMatchObject({
    gpu_policy: { mode: 'require_gpu', wait_seconds: 90 },
    scan_policy: { mode: 'report' },
    pull_ahead: false,
  })
  const shown = await kiln('projects', 'show', 'audio')
  expect(shown.stdout).toMatch(/GPU policy +require_gpu for 90 s at most\n/)
  expect(shown.stdout).toMatch(/scan policy +report for 600 s at most\nfetched ahead +no\n/)
  const farms = await json('projects', 'set', 'audio', '--gpu-policy', 'default')
  expect(farms).toMatchObject({ gpu_policy: null, scan_policy: { mode: 'report' } })
  expect(await refused('projects', 'set', 'audio')).toEqual([2, 'usage', saying('--pull-ahead')])
  for (const mode of [[], ['--gpu-policy', 'default']]) {
    expect(await refused('projects', 'set', 'audio', '--gpu-wait', '9', ...mode)).toEqual([
      2,
      'usage',
      saying('name its mode by --gpu-policy'),
    ])
  }
})

it('stops and limits the queue, and shows it', async () => {
  expect(await json('admin', 'queue', 'limit', '3')).toMatchObject({ max_running: 3 })
  expect(await refused('admin', 'queue', 'limit', 'many')).toEqual([2, 'usage', saying('or none')])
  expect(await json('admin', 'queue', 'limit', 'none')).toMatchObject({ max_running: null })
  expect(await json('admin', 'queue', 'pause', '--reason', 'a new registry')).toMatchObject({
    paused: { reason: 'a new registry' },
  })
  const shown = await kiln('queue')
  expect(shown).toMatchObject({ code: 0, stdout: saying('paused: a new registry') })
  expect(shown.stdout).toContain('No build waits for a node.')
  expect(await json('admin', 'queue', 'resume')).toMatchObject({ paused: null })
  expect(await json('queue', '--project', 'default')).toMatchObject({ builds: [] })
  expect((await refused('queue', '--project', 'none')).slice(0, 2)).toEqual([2, 'not_found'])
  expect((await refused('admin', 'queue', 'raise', 'build-none')).slice(0, 2)).toEqual([
    2,
    'not_found',
  ])
  expect(await json('admin', 'queue', 'cancel', '--name', 'app')).toMatchObject({ count: 0 })
  expect(await json('admin', 'queue', 'cancel', '--user', 'ada')).toMatchObject({ count: 0 })
  expect(await json('admin', 'queue', 'weight', '3')).toMatchObject({ weight: 3, user_weights: [] })
  expect(await json('admin', 'queue', 'weight', '1')).toMatchObject({ weight: 1 })
  const unknown = await refused('admin', 'queue', 'weight', '2', '--user', 'nobody')
  expect(unknown.slice(0, 2)).toEqual([2, 'user_unknown'])
})

it('lists, exports and checks the audit log', async () => {
  await kiln('admin', 'users', 'create', 'cleo')
  const filter = ['--action', 'user.create', '--object', 'cleo']
  expect(await json('admin', 'audit', ...filter)).toMatchObject({
    entries: [{ action: 'user.create', object: 'cleo', actor: 'api' }],
  })
  const { code, stdout } = await kiln('admin', 'audit', 'export', ...filter)
  const rows = stdout.trimEnd().split('\n')
  expect([code, rows.map((row) => JSON.parse(row) as unknown)]).toMatchObject([
    0,
    [{ object: 'cleo' }],
  ])
  expect(await json('admin', 'audit', 'check')).toMatchObject({ ok: true })
  expect((await refused('admin', 'audit', '--since', 'yesterday')).slice(0, 2)).toEqual([
    2,
    'invalid_request',
  ])
})

it('says what is wrong with what is asked of images, environments and lists of packages', async () => {
  const env = `env-${'0'.repeat(26)}`
  expect(await json('retention')).toHaveProperty('images')
  expect(await refused('retention', '--apply')).toEqual([2, 'usage', expect.any(String)])
  expect(await refused('retention', 'none:1')).toEqual([2, expect.any(String), saying('none:1')])
  expect(await refused('recipe', env)).toEqual([2, 'not_found', saying(env)])
  expect(await refused('save', env)).toEqual([2, 'not_found', saying(env)])
  expect(await refused('save', env, '--drop', 'relative')).toEqual([
    2,
    'invalid_request',
    saying('drop'),
  ])
  const build = ['build', '-t', 'app:1'] as const
  expect(await refused(...build, '--pip', 'six')).toEqual([2, 'usage', saying('--base')])
  expect(await refused(...build, '--base', 'python:3')).toEqual([2, 'usage', saying('--pip')])
  const lost = join(home, 'none.txt')
  expect(await refused(...build, '--base', 'python:3', '--requirements', lost)).toEqual([
    2,
    'usage',
    saying(lost),
  ])
  expect(await json('volumes')).toEqual({ volumes: [] })
  const start = ['env', 'start', 'app:1', '--volume'] as const
  expect(await refused(...start, 'data')).toEqual([2, 'usage', saying('NAME:/PATH')])
  expect(await refused(...start, 'data:/proc')).toEqual([
    2,
    'invalid_request',
    saying('volumes.0.path'),
  ])
})

it('works in the project that a login or the surroundings name', async () => {
  for (const name of ['vision', 'speech']) await kiln('projects', 'create', name)
  await kiln('admin', 'users', 'create', 'dana')
  const own = join(home, 'dana')
  const ofDana = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    runInProcess(args, { server: server.url.href, home: own, more })
  const lost = await ofDana(['login', '--project', 'nowhere'])
  expect(lost).toMatchObject({ code: 2, stderr: saying('There is no such thing') })
  const login = await ofDana(['login', '--project', 'vision', '--json'])
  expect(JSON.parse(login.stdout)).toMatchObject({ project: 'vision' })

  const set = ['members', 'set', 'dana', 'viewer'] as const
  const stdout = (project: string) => ({ code: 0, stdout: `dana is viewer in ${project}\n` })
  expect(await ofDana(set)).toMatchObject(stdout('vision'))
  expect(await ofDana([...set, '--project', ''])).toMatchObject(stdout('vision'))
  const inSpeech = { KILN_PROJECT: 'speech' }
  expect(await ofDana(set, inSpeech)).toMatchObject(stdout('speech'))
  expect(await ofDana([...set, '--project', 'default'], inSpeech)).toMatchObject(stdout('default'))

  // What is about all that the caller may see stays so unless the command line says otherwise.
  const token = await ofDana(['tokens', 'create', 'free', '--json'], inSpeech)
  expect(JSON.parse(token.stdout)).not.toMatchObject({ project: 'speech' })
  const start = await ofDana(['env', 'start', 'app:1'], { KILN_PROJECT: 'nowhere' })
  expect(start).toMatchObject({ code: 2, stderr: saying('kiln login --project') })
})

it('changes a webhook, gives it another secret, and sends it a test', async () => {
  const url = 'https://192.0.2.1/hook'
  const { id, secret } = (await json('webhooks', 'create', url, '--event', 'build.failed')) as {
    id: string
    secret: string
  }
  const set = ['webhooks', 'set', id] as const
  const events = ['build.failed', 'build.succeeded']
  const change = ['--event', events[0]!, '--event', events[1]!, '--disable'] as const
  expect(await json(...set, ...change)).toMatchObject({ url, events, enabled: false })
  expect(await json(...set, '--enable', '--description', 'ours')).toMatchObject({
    enabled: true,
    description: 'ours',
    events,
  })
  expect(await refused(...set)).toEqual([2, 'usage', saying('--enable or --disable')])
  expect(await refused(...set, '--event', 'build.sung')).toEqual([2, 'usage', saying('build.sung')])
  const rotated = await kiln('webhooks', 'rotate', id)
  expect(rotated).toMatchObject({ code: 0, stderr: saying('the secret before as well') })
  expect(rotated.stdout).not.toContain(secret)
  const { id: delivery } = (await json('webhooks', 'test', id)) as { id: number }
  expect(await json('webhooks', 'deliveries', id)).toMatchObject({
    deliveries: [{ id: delivery, event: 'webhook.test' }],
  })
})
