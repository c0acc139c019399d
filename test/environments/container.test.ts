import { once } from 'node:events'
import { createServer } from 'node:http'
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { removeContainer, startContainer } from '../../agent/environments/container.ts'
import { extractTar } from '../../agent/environments/extract-tar.ts'
import {
  type EnvironmentPaths,
  environmentPaths,
  environmentScope,
  environmentsFolder,
  runcRoot,
} from '../../agent/environments/environment-paths.ts'
import { createRunc } from '../../agent/environments/runc.ts'
import { sweepEnvironments } from '../../agent/environments/sweep.ts'
import { createNodeVolumes } from '../../agent/volumes/node-volumes.ts'
import { createEnvironmentHttp } from '../../agent/tunnel/environment-http.ts'
import { createPorts } from '../../agent/tunnel/ports.ts'
import { createOpenTerminal } from '../../agent/tunnel/terminal.ts'
import { createRootFileSystem } from '../../embedded/base-image/root-file-system.ts'
import { testDaemonSettings } from '../buildkit/daemon.ts'
import { isRunning } from '../processes.ts'
import { openTerminal } from './terminal.ts'
import { environmentId, openTestTunnel, type TestTunnel } from './tunnel-kit.ts'

const page = 'echo hello > /tmp/index.html; echo ready; exec httpd -f -p 127.0.0.1:8000 -h /tmp'
const plan = {
  environment_id: environmentId,
  start: 1,
  project: 'default',
  project_id: 7,
  volumes: [
    { volume: 'own', path: '/mnt/own', read_only: false },
    { volume: 'own', path: '/mnt/look', read_only: true },
  ],
  registry: { host: 'r', repository: 'x' },
  digest: `sha256:${'0'.repeat(64)}`,
  command: ['sh', '-c', page],
  env: [],
  user: 'nobody',
  workdir: '/tmp',
  stop_signal: 'SIGKILL',
  cpu: 0.5,
  memory_bytes: 64 * 1024 ** 2,
  pids: 100,
  gpu: null,
}

let directory: string
let stack: AsyncDisposableStack
let tunnel: TestTunnel
let paths: EnvironmentPaths
let settings: Parameters<typeof removeContainer>[0]
beforeAll(async () => {
  stack = new AsyncDisposableStack()
  directory = await mkdtemp(join(tmpdir(), 'kiln-container-'))
  stack.defer(async () => rm(directory, { recursive: true, force: true }))
  stack.defer(async () => sweepEnvironments(directory, () => undefined))
  const { runc, network } = await testDaemonSettings(directory)
  const scope = environmentScope(directory)
  const root = runcRoot(scope)
  const folder = join(directory, 'own')
  await mkdir(folder)
  const say = () => undefined
  const volumes = createNodeVolumes([{ name: 'own', folder, mode: 'projects' }], say)
  settings = { scope, network, cdiDirs: [], volumes, runc: createRunc({ runc, root }), say }
  const image = join(directory, 'image')
  await mkdir(image)
  const extraction = extractTar(image, new AbortController().signal)
  extraction.input.end(await createRootFileSystem('/bin/busybox', process.env))
  await extraction.done
  paths = environmentPaths(environmentsFolder(directory), environmentId)
  await mkdir(paths.folder, { recursive: true })
  await startContainer(settings, plan, paths, {
    image,
    beforeLaunch: async () => undefined,
    signal: new AbortController().signal,
  })
  const isStarted = ({ start }: { readonly start: number }) => start === 1
  tunnel = stack.use(
    await openTestTunnel({
      isRunning: isStarted,
      ports: stack.use(createPorts(scope)),
      http: createEnvironmentHttp({
        isRunning: isStarted,
        logOf: () => paths.log,
        openTerminal: createOpenTerminal({ runc, root, folderOf: () => paths }),
        survey: async () => undefined,
      }),
    }),
  )
})
afterAll(async () => stack.disposeAsync())

const terminal = async (query: Record<string, string>) =>
  openTerminal(tunnel.url, `/environments/${environmentId}/1/exec`, query)

it('is reached on its own loopback, which is not the one of the host', async () => {
  const read = async () => {
    const reply = await fetch(tunnel.url).catch(() => undefined)
    return reply?.ok === true ? reply.text() : ''
  }
  await expect.poll(read, { timeout: 20_000 }).toBe('hello\n')
  const outside = createServer((_, response) => response.end('of the host'))
  await once(outside.listen(0, '127.0.0.1'), 'listening')
  const { port } = outside.address() as { port: number }
  const command = JSON.stringify(['nc', '-w', '3', '127.0.0.1', String(port)])
  const inside = await terminal({ tty: 'false', command })
  expect(await inside.ended()).toBe(1)
  outside.close()
})

it('has terminals with a size, an exit code and no more rights than its program', async () => {
  const shell = await terminal({ cols: '100', rows: '30' })
  shell.type('stty size; id -u; grep -E "^(NoNewPrivs|Seccomp|CapBnd):" /proc/self/status\n')
  await expect.poll(shell.printed, { timeout: 20_000 }).toMatch(/30 100\s+65534/)
  await expect
    .poll(shell.printed)
    .toMatch(/CapBnd:\s+00000000800405fb\s+NoNewPrivs:\s+1\s+Seccomp:\s+2/)
  shell.resize(120, 40)
  await sleep(300)
  shell.type('stty size; exit 7\n')
  expect(await shell.ended()).toBe(7)
  expect(shell.printed()).toContain('40 120')
  const command = JSON.stringify(['sh', '-c', 'cat; exit 3'])
  const pipes = await terminal({ tty: 'false', command })
  pipes.type('all of it')
  pipes.end()
  expect([await pipes.ended(), pipes.printed()]).toEqual([3, 'all of it'])
})

it('has volumes where its project keeps what any user of it writes, and can only be read where that is asked for', async () => {
  const look = [
    'id -u; echo mine > /mnt/own/file; cat /mnt/look/file; echo more >> /mnt/look/file',
    'cp /bin/busybox /mnt/own/program && chmod u+s /mnt/own/program',
    'grep " /mnt/" /proc/self/mounts; touch /mnt/look/new; rm /mnt/look/file; cat /mnt/own/file',
  ]
  const command = JSON.stringify(['sh', '-c', look.join('\n')])
  const inside = await terminal({ tty: 'false', command })
  await inside.ended()
  const printed = inside.printed()
  // What goes wrong comes by another way, in no certain order.
  expect(printed).toMatch(/^65534\nmine$/m)
  expect(printed.match(/Read-only file system/g)).toHaveLength(3)
  expect(printed).toMatch(/ \/mnt\/own \S+ rw,nosuid,nodev/)
  expect(printed).toMatch(/ \/mnt\/look \S+ ro,nosuid,nodev/)
  const folder = join(directory, 'own/7')
  expect(await readFile(join(folder, 'own/file'), 'utf8')).toBe('mine\n')
  const modes = await Promise.all([folder, join(folder, 'own')].map(async (path) => stat(path)))
  expect(modes.map(({ mode }) => mode & 0o7777)).toEqual([0o700, 0o777])
})

it('ends a program whose terminal is gone', async () => {
  const gone = await terminal({ command: JSON.stringify(['sleep', '5009.25']) })
  await expect.poll(async () => isRunning('sleep 5009.25'), { timeout: 20_000 }).toBe(true)
  gone.close()
  await expect.poll(async () => isRunning('sleep 5009.25'), { timeout: 20_000 }).toBe(false)
})

it('leaves what it has written, and nothing else, when it is ended', async () => {
  await removeContainer(settings, environmentId, paths, plan.stop_signal)
  expect(await readFile(join(paths.upper, 'tmp/index.html'), 'utf8')).toBe('hello\n')
  expect(await settings.runc.status(environmentId)).toBeUndefined()
  expect((await fetch(tunnel.url)).status).toBe(502)
  const mounts = await readFile('/proc/self/mounts', 'utf8')
  expect(mounts).not.toContain(paths.root)
  expect(await readFile(join(directory, 'own/7/own/file'), 'utf8')).toBe('mine\n')
})
