import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { createKiln, type Kiln } from './kit/kiln.ts'

let farm: Farm
let kiln: Kiln
let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'kiln-cli-'))
  farm = await startFarm({ environment: { KILN_VOLUMES: `home:${home}:projects` } })
  kiln = createKiln({ KILN_SERVER: farm.url, HOME: home })
  const dockerfile = `FROM ${farm.baseImage}\nRUN true\n`
  await createClient(farm.url).build({ name: 'app:1', dockerfile })
})
afterAll(async () => {
  await farm[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})

it('starts an environment, runs a program in it, and frees it', async () => {
  const program = ['--', 'sh', '-c', 'echo from inside; sleep 5000']
  const options = ['--memory', '64MiB', '--json', '--volume', 'home:/data:ro']
  const started = await kiln.run(['env', 'start', 'app:1', ...options, ...program])
  expect(started.code).toBe(0)
  const { id, state } = JSON.parse(started.stdout) as { id: string; state: string }
  expect(state).toBe('running')
  expect((await kiln.run(['env', 'show', id])).stdout).toMatch(/^volume +home:\/data:ro$/m)
  expect((await kiln.run(['volumes'])).stdout).toMatch(/^home +projects +[\d.]+ GiB/m)
  expect(await kiln.run(['env', 'start', 'app:1', '--volume', 'home'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--volume home: expected NAME:/PATH'),
  })
  const ran = await kiln.run(['env', 'exec', id, '--', 'sh', '-c', 'cat; exit 7'], { input: 'hi' })
  expect(ran).toMatchObject({ code: 7, stdout: 'hi' })
  expect((await kiln.run(['env', 'logs', id])).stdout).toContain('from inside')
  expect(JSON.parse((await kiln.run(['env', '--json'])).stdout)).toMatchObject({
    environments: [{ id, state: 'running' }],
  })
  expect(await kiln.run(['env', 'stop', id])).toMatchObject({ code: 0 })
  await expect
    .poll(async () => (await kiln.run(['env', 'rm', id])).code, { timeout: 60_000 })
    .toBe(0)
})

it('shows what would be saved, saves it, and proposes a recipe', async () => {
  const program = ['--', 'sh', '-c', 'echo made > /made; echo secret > /root-netrc; sleep 5000']
  const started = await kiln.run([
    'env',
    'start',
    'app:1',
    '--memory',
    '64MiB',
    '--json',
    ...program,
  ])
  const { id } = JSON.parse(started.stdout) as { id: string }
  const preview = await kiln.run(['save', id])
  expect(preview).toMatchObject({ code: 0 })
  expect(preview.stdout).toMatch(/^on app:1 v1 \(sha256:[0-9a-f]{64}\)$/m)
  expect(preview.stdout).toMatch(/^There is room for it/m)
  const args = ['save', id, '-t', 'app:saved', '--drop', '/root-netrc', '--progress', 'plain']
  const saved = await kiln.run(args)
  expect(saved).toMatchObject({ code: 0, stdout: expect.stringMatching(/^app:saved is built/) })
  const recipe = await kiln.run(['recipe', id])
  expect(recipe).toMatchObject({ code: 0, stdout: expect.stringMatching(/^No packages have come/) })
  const opened = await kiln.run(['env', 'open', id, '22'])
  expect(opened).toMatchObject({ code: 2 })
  const alone = await kiln.run(['build', '-t', 'app:2', '--pip', 'six'])
  expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining('--base') })
  await kiln.run(['env', 'stop', id])
})
