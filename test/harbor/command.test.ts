import { execFile } from 'node:child_process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FakeHarbor, startFakeHarbor } from '../fakes/harbor/harbor.ts'

let fake: FakeHarbor
beforeEach(async () => {
  fake = await startFakeHarbor()
})
afterEach(async () => fake[Symbol.asyncDispose]())

async function harbor(args: readonly string[], environment: Readonly<Record<string, string>>) {
  return new Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }>(
    (resolve) => {
      const env = { PATH: process.env['PATH'], KILN_REGISTRY_URL: fake.url.href, ...environment }
      execFile(
        process.execPath,
        ['worker/harbor/main.ts', ...args],
        { env },
        (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
      )
    },
  )
}

it('sets up a Harbor and finds it well with the credential that it printed', async () => {
  const asAdmin = { KILN_HARBOR_ADMIN_PASSWORD: fake.admin.password }
  const { code, stdout } = await harbor(['setup', '--limit', '1000000'], asAdmin)
  expect(code).toBe(0)
  const printed = Array.from(
    stdout.matchAll(/^(KILN_\w+)='(.*)'$/gm),
    ([, name = '', value = '']) => [name, value],
  )
  expect(printed).toHaveLength(2)
  const examined = await harbor(['doctor'], Object.fromEntries(printed) as Record<string, string>)
  expect(examined.stdout).toMatch(/^ok +project kiln$/m)
  expect(examined.code).toBe(0)
})

it('names what is missing', async () => {
  const own = {
    KILN_REGISTRY_USERNAME: fake.admin.username,
    KILN_REGISTRY_PASSWORD: fake.admin.password,
  }
  const { code, stdout } = await harbor(['doctor'], own)
  expect(stdout).toMatch(/^missing +project kiln: make it with `npm run harbor -- setup`$/m)
  expect(code).toBe(1)
})

it('refuses the password that Harbor comes with', async () => {
  const { code, stderr } = await harbor(['setup'], { KILN_HARBOR_ADMIN_PASSWORD: 'Harbor12345' })
  expect(stderr).toContain('change it first')
  expect(code).toBe(2)
  expect(fake.requests).toEqual([])
})

it('says how it is used', async () => {
  expect(await harbor([], {})).toMatchObject({ code: 2, stderr: expect.stringContaining('setup') })
})
