import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKiln, type Kiln } from '../cli/kit/kiln.ts'
import { createClient } from '../client.ts'
import { startDatabase } from '../database.ts'
import { createEnvironmentClient } from '../environments/client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { buildNodeBase } from './node-base.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const timeout = 1_200_000
const name = 'kiln/server:test'

/** What an environment can reach of this machine: its loopback is never reached by one. */
async function forwardTo(port: number) {
  const address = Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
  if (address === undefined) return undefined
  const server = createServer((socket) => {
    const onward = connect(port, '127.0.0.1')
    socket.on('error', () => onward.destroy()).pipe(onward)
    onward.on('error', () => socket.destroy()).pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  return {
    address,
    port: (server.address() as AddressInfo).port,
    [Symbol.dispose]: () => void server.close(),
  }
}

const isAsked = process.env['KILN_TEST_IMAGES'] === '1'
if (!isAsked)
  process.stdout.write('KILN_TEST_IMAGES=1 has Kiln build its own image: minutes of npm\n')

describe.runIf(isAsked)('the image of the server', { timeout }, () => {
  const stack = new AsyncDisposableStack()
  let farm: Farm
  let kiln: Kiln
  let database: string | undefined
  beforeAll(async () => {
    const { url } = stack.use(await startDatabase())
    const forward = await forwardTo(Number(new URL(url).port))
    if (forward !== undefined) {
      stack.use(forward)
      const reachable = new URL(url)
      reachable.hostname = forward.address
      reachable.port = String(forward.port)
      database = reachable.href
    }
    const allowed = forward === undefined ? '' : `${forward.address}:${forward.port}`
    farm = stack.use(await startFarm({ environment: { KILN_EGRESS_ALLOW: allowed } }))
    const home = await mkdtemp(join(tmpdir(), 'kiln-cli-'))
    stack.defer(async () => rm(home, { recursive: true, force: true }))
    kiln = createKiln({ KILN_SERVER: farm.url, HOME: home }, timeout)
  }, timeout)
  afterAll(async () => stack.disposeAsync())

  it('is built by Kiln from this repository, published as no image for GPUs, and serves as an environment', async ({
    skip,
  }) => {
    const base = await buildNodeBase(farm, kiln)
    if (base === undefined) skip('mmdebstrap is not here: no base can be made without a network')
    if (database === undefined) skip('this machine has loopback only')
    const started = performance.now()
    const dockerfile = join(repository, 'deploy/server.Dockerfile')
    const bases = ['--build-arg', `BUILD_IMAGE=${base}`, '--build-arg', `RUN_IMAGE=${base}`]
    const options = ['--tag', name, '--file', dockerfile, ...bases, '--progress', 'plain', '--json']
    const built = await kiln.run(['build', ...options, repository])
    if (built.code !== 0) throw new Error(built.stderr)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    const { id } = JSON.parse(built.stdout) as { id: string }
    const build = await createClient(farm.url).read(id)
    expect(build).toMatchObject({ status: 'succeeded', verification: { verdict: 'not_gpu' } })
    process.stdout.write(`server image: ${seconds} s, ${build.size} bytes with its base\n`)
    expect(await farm.manifest('kiln/server', 'test')).toMatchObject({
      status: 200,
      digest: build.digest,
    })
    expect((await farm.config('kiln/server', 'test')).config.User).toBe('10001:10001')

    const environments = createEnvironmentClient(farm)
    const variables = [
      `KILN_DATABASE_URL=${database}`,
      'KILN_TEMPORAL_ADDRESS=127.0.0.1:7233',
      'KILN_REGISTRY_URL=http://127.0.0.1:5000',
    ]
    const program = 'node migrations/migrate.ts && exec node server/main.ts'
    const environment = await environments.run({
      image: name,
      command: ['env', ...variables, 'sh', '-c', program],
      memory_bytes: 1024 ** 3,
      cpu: 1,
      ports: [8080],
    })
    const ask = async (path: string) => {
      const reply = await fetch(new URL(`/environments/${environment}/ports/8080${path}`, farm.url))
      return { status: reply.status, body: await reply.text() }
    }
    await expect
      .poll(() => ask('/healthz'), { timeout: 60_000 })
      .toEqual({ status: 200, body: '{"status":"ok"}' })
    expect(await ask('/readyz')).toMatchObject({ status: 200 })
    expect(await ask('/console/')).toMatchObject({ status: 200 })
    expect(await environments.log(environment)).toContain('schema is up to date')
    await environments.stop(environment)
  })
})
