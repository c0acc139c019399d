import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joinableHierarchies } from '../../agent/daemon/cgroup.ts'
import { agentCgroup, agentScope } from '../../agent/daemon/daemon-paths.ts'
import { run } from '../../process/run.ts'
import { createKiln, type Kiln } from '../cli/kit/kiln.ts'
import { createClient } from '../client.ts'
import { startDatabase } from '../database.ts'
import { createEnvironmentClient } from '../environments/client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { ownAddress } from '../own-address.ts'
import { pushNodeBase } from './node-base.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const timeout = 1_200_000
const name = 'kiln/server:test'

/** What an environment can reach of this machine: its loopback is never reached by one. */
async function forwardTo(port: number) {
  const address = ownAddress()
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

/**
 * A farm's builds yield to all else, which on a machine that others work on, too, leaves them next to nothing: here they
 * get as much as a few of the others together. The daemon of a project sets it back when it starts.
 */
function keepShare(agentDir: string): Disposable {
  const cgroup = agentCgroup(agentScope(agentDir))
  const set = async () => {
    for (const { path } of await joinableHierarchies())
      for (const [file, usual] of [
        ['cpu.shares', '4096'],
        ['cpu.weight', '400'],
      ] as const)
        await writeFile(join(path, cgroup, file), usual, { flag: 'r+' }).catch(() => undefined)
  }
  const timer = setInterval(() => void set(), 500)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

const isAsked = process.env['KILN_TEST_IMAGES'] === '1'
if (!isAsked)
  process.stdout.write('KILN_TEST_IMAGES=1 has Kiln build its own image: minutes of npm\n')

/** Loads what an image is to run, and looks at every file that some processor runs. */
const inspection = `
import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
const own = { x64: 62, arm64: 183 }[process.arch]
const head = Buffer.alloc(20)
const foreign = readdirSync('/app', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => entry.parentPath + '/' + entry.name)
  .filter((path) => {
    const file = openSync(path, 'r')
    const length = readSync(file, head)
    closeSync(file)
    if (length < 20) return false
    const magic = head.toString('hex', 0, 4)
    if (magic === '7f454c46') return head.readUInt16LE(18) !== own
    return magic === 'cffaedfe' || magic === 'cafebabe' || magic.startsWith('4d5a')
  })
if (foreign.length > 0) throw new Error(foreign.join(' '))
await import(process.argv[2])
process.exit()
`

/** A folder with what an agent starts, as this machine has it already. */
async function gatherComponents(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-components-'))
  const program = join(repository, 'tools/build-components.ts')
  await run(process.execPath, [program, folder], { limitMs: timeout, environment: process.env })
  return folder
}

describe.runIf(isAsked)('the image of the', { timeout }, () => {
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
    farm = stack.use(
      await startFarm({
        environment: { KILN_EGRESS_ALLOW: allowed },
        prepare: async (agentDir) => (stack.use(keepShare(agentDir)), {}),
      }),
    )
    const home = await mkdtemp(join(tmpdir(), 'kiln-cli-'))
    stack.defer(async () => rm(home, { recursive: true, force: true }))
    kiln = createKiln({ KILN_SERVER: farm.url, HOME: home }, timeout)
  }, timeout)
  afterAll(async () => stack.disposeAsync())

  it('server is built by Kiln from this repository, published as no image for GPUs, and serves as an environment', async ({
    skip,
  }) => {
    const base = await pushNodeBase(farm)
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
    const environment = await environments.create({
      image: name,
      command: ['env', ...variables, 'sh', '-c', program],
      memory_bytes: 1024 ** 3,
      cpu: 1,
      ports: [8080],
    })
    const running = await environments.until(
      environment,
      ({ state }) => !['waiting', 'pulling', 'starting'].includes(state),
      300_000,
    )
    expect(running).toMatchObject({ state: 'running' })
    const ask = async (path: string) => {
      const reply = await fetch(new URL(`/environments/${environment}/ports/8080${path}`, farm.url))
      return { status: reply.status, body: await reply.text() }
    }
    await expect
      .poll(() => ask('/healthz'), { timeout: 300_000 })
      .toEqual({ status: 200, body: '{"status":"ok"}' })
    expect(await ask('/readyz')).toMatchObject({ status: 200 })
    expect(await ask('/console/')).toMatchObject({ status: 200 })
    expect(await environments.log(environment)).toContain('schema is up to date')
    await environments.stop(environment)
  })

  it.each([
    ['worker', '/app/worker/deps.ts'],
    ['agent', '/app/agent/agent.ts'],
  ])('%s has all that it loads, and nothing for another processor', async (part, module) => {
    const base = await pushNodeBase(farm)
    if (base === undefined) return
    const components = part === 'agent' ? await gatherComponents() : undefined
    if (components !== undefined)
      stack.defer(async () => rm(components, { recursive: true, force: true }))
    const started = performance.now()
    const options = [
      `--tag=kiln/${part}:test`,
      `--file=${join(repository, `deploy/${part}.Dockerfile`)}`,
      `--build-arg=BUILD_IMAGE=${base}`,
      `--build-arg=RUN_IMAGE=${base}`,
      ...(components === undefined ? [] : ['--build-context', `components=${components}`]),
    ]
    const built = await kiln.run(['build', ...options, '--progress', 'plain', '--json', repository])
    if (built.code !== 0) throw new Error(built.stderr)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    const { id } = JSON.parse(built.stdout) as { id: string }
    const { size, verification } = await createClient(farm.url).read(id)
    expect(verification).toMatchObject({ verdict: 'not_gpu' })
    process.stdout.write(`${part} image: ${seconds} s, ${size} bytes with its base\n`)

    const folder = await mkdtemp(join(tmpdir(), 'kiln-inspect-'))
    stack.defer(async () => rm(folder, { recursive: true, force: true }))
    await writeFile(join(folder, 'inspect.mjs'), inspection)
    const look = `FROM kiln/${part}:test
RUN --mount=type=bind,source=inspect.mjs,target=/tmp/inspect.mjs node /tmp/inspect.mjs ${module}
`
    const file = join(folder, 'Dockerfile')
    await writeFile(file, look)
    const looked = await kiln.run(['build', '--tag', `kiln/${part}:look`, '--file', file, folder])
    if (looked.code !== 0) throw new Error(looked.stderr)
  })
})
