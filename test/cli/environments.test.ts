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
  farm = await startFarm()
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
  const options = ['--memory', '64MiB', '--json']
  const started = await kiln.run(['env', 'start', 'app:1', ...options, ...program])
  expect(started.code).toBe(0)
  const { id, state } = JSON.parse(started.stdout) as { id: string; state: string }
  expect(state).toBe('running')
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
