import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FakeHarbor, startFakeHarbor } from '../fakes/harbor/harbor.ts'

// What `npm run harbor` prints of GET /systeminfo, /health and of the project (api/v2.0/swagger.yaml).

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
        ['cli/main.ts', 'harbor', ...args],
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
  expect(printed.map(([name]) => name)).toEqual(
    ['KILN_REGISTRY', 'KILN_REGISTRY_PUSH', 'KILN_REGISTRY_PULL'].flatMap((name) => [
      `${name}_USERNAME`,
      `${name}_PASSWORD`,
    ]),
  )
  const examined = await harbor(['doctor'], Object.fromEntries(printed) as Record<string, string>)
  expect(examined.stdout).toMatch(/^ok +project kiln$/m)
  expect(examined.stdout).toMatch(/^ok +logins for nodes$/m)
  expect(examined.code).toBe(0)
})

it('names what is missing', async () => {
  const own = {
    KILN_REGISTRY_USERNAME: fake.admin.username,
    KILN_REGISTRY_PASSWORD: fake.admin.password,
  }
  const { code, stdout } = await harbor(['doctor'], own)
  expect(stdout).toMatch(/^missing +project kiln: make it with `kiln harbor setup`$/m)
  expect(stdout).toMatch(/^warning +logins for nodes: .*KILN_REGISTRY_PULL_…$/m)
  expect(code).toBe(4)
})

it('says plainly what a registry that is no Harbor cannot do', async () => {
  const plain = createServer((_, response) =>
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
  )
  await once(plain.listen(0, '127.0.0.1'), 'listening')
  const { port } = plain.address() as AddressInfo
  const { code, stdout } = await harbor(['doctor'], {
    KILN_REGISTRY_URL: `http://127.0.0.1:${port}`,
  })
  plain.close()
  expect(stdout).toMatch(/^warning +tokens for nodes: .*given its password$/m)
  expect(stdout).toMatch(/^warning +scans: this registry is no Harbor/m)
  expect(stdout).toMatch(/^warning +evidence: .*sha256-…$/m)
  expect(code).toBe(0)
})

it('is gated by the version: older than 2.12 is refused, newer than 2.15 is said (9)', async () => {
  const asAdmin = { KILN_HARBOR_ADMIN_PASSWORD: fake.admin.password }
  fake.state.version = 'v2.11.2-00000000'
  const refused = await harbor(['setup'], asAdmin)
  expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('older than 2.12') })
  fake.state.version = 'v2.16.0-00000000'
  expect((await harbor(['setup'], asAdmin)).code).toBe(0)
  const own = {
    KILN_REGISTRY_USERNAME: fake.admin.username,
    KILN_REGISTRY_PASSWORD: fake.admin.password,
  }
  const { stdout } = await harbor(['doctor'], own)
  expect(stdout).toMatch(/^warning +Harbor 2.16.0: newer than 2.15/m)
})

it('makes the webhook that the server listens to, with its secret (6)', async () => {
  const webhook = {
    KILN_HARBOR_WEBHOOK_URL: 'https://kiln.example/api/webhooks/harbor',
    KILN_HARBOR_WEBHOOK_SECRET: 'a-secret-of-the-webhook',
  }
  const asAdmin = { KILN_HARBOR_ADMIN_PASSWORD: fake.admin.password }
  expect((await harbor(['setup'], { ...asAdmin, ...webhook })).stdout).toMatch(/^made +webhook$/m)
  const [project] = fake.state.projects.values()
  const [policy] = project!.webhooks.values()
  expect(JSON.stringify(policy)).toContain('Bearer a-secret-of-the-webhook')
  expect(JSON.stringify(policy)).toContain('DELETE_ARTIFACT')
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
