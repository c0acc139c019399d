import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readActiveBuilds } from '../../agent/buildkit/active-builds.ts'
import { attach } from '../../agent/buildkit/attach.ts'
import { BuildkitError, grpcCode } from '../../agent/buildkit/error.ts'
import { ControlDefinition } from '../../agent/buildkit/gen/control.ts'
import type { ProgressEvent } from '../../agent/buildkit/progress.ts'
import { openChannel } from '../../agent/buildkit/rpc/channel.ts'
import { methodOf } from '../../agent/buildkit/rpc/method.ts'
import { fileSync } from '../../agent/buildkit/session/file-sync.ts'
import { openSession } from '../../agent/buildkit/session/open-session.ts'
import { solve } from '../../agent/buildkit/solve.ts'
import { solveRequest } from '../../agent/buildkit/solve-request.ts'
import { isRunning } from '../processes.ts'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { solvingIn } from './solving.ts'

let daemon: TestDaemon
let busybox: string
beforeAll(async () => {
  daemon = await startTestDaemon()
  busybox = await daemon.busybox()
})
afterAll(async () => daemon[Symbol.asyncDispose]())

const { signal } = new AbortController()
const { methods } = ControlDefinition
const running = (script: string, before = '') => {
  const command = JSON.stringify(['/bin/busybox', 'sh', '-c', script])
  const dockerfile = `FROM scratch\nCOPY bin /bin\n${before}RUN ${command}\n`
  return solvingIn(daemon.address, busybox, dockerfile)
}

/** Follows from a client of its own. `text` is what the steps have printed so far. */
function follow(ref: string) {
  const events: ProgressEvent[] = []
  const onProgress = (event: ProgressEvent) => void events.push(event)
  const ended = attach({ address: daemon.address, ref, onProgress, signal })
  ended.catch(() => undefined)
  const text = () =>
    events
      .map((event) => (event.kind === 'output' ? Buffer.from(event.bytes).toString() : ''))
      .join('')
  return { ended, events, text }
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const limit = AbortSignal.timeout(20_000)
  while (!(await isSo())) await sleep(20, undefined, { signal: limit })
}

const errorOf = async (call: Promise<unknown>): Promise<BuildkitError> => {
  const error: unknown = await call.catch((reason: unknown) => reason)
  if (error instanceof BuildkitError) return error
  throw new Error(`no BuildkitError: ${String(error)}`)
}

describe('a build that another client started', () => {
  it('is told from its beginning, followed while it runs, and told again when it is over', async () => {
    const options = running(`echo first; sleep 2; echo last # ${randomUUID()}`)
    const solved = solve({ ...options, exporters: [{ type: 'image', attrs: {} }] })
    await until(async () => (await readActiveBuilds(daemon.address, signal)).length > 0)
    const [active] = await readActiveBuilds(daemon.address, signal)
    expect(active).toEqual({ ref: options.ref, startedAt: expect.any(Date) })
    const watcher = follow(options.ref)
    await until(() => watcher.text().includes('first'))
    const late = follow(options.ref)
    const { 'containerimage.digest': digest } = await solved
    const exported = await watcher.ended
    expect(exported).toEqual([expect.objectContaining({ exporter: 0, digest })])
    expect(await late.ended).toEqual(exported)
    const afterwards = follow(options.ref)
    expect(await afterwards.ended).toEqual(exported)
    for (const { text } of [watcher, late, afterwards]) expect(text()).toBe('first\nlast\n')
    expect(await readActiveBuilds(daemon.address, signal)).toEqual([])
  })

  it('fails for a follower as it failed for who started it', async () => {
    const options = running(`exit 7 # ${randomUUID()}`)
    const failed = await errorOf(solve(options))
    const { reason, details } = await errorOf(follow(options.ref).ended)
    expect(reason).toBe(failed.reason)
    expect(details).toEqual(failed.details)
    expect(details).toMatchObject({ line: 3, ranges: [{ start: 3, end: 3 }], exitCode: 7 })
  })

  it('is unknown when the daemon has never heard of it', async () => {
    const { code, reason } = await errorOf(follow('never-was').ended)
    expect(code).toBe(grpcCode.notFound)
    expect(reason).toBe('the daemon does not know the build never-was')
  })

  it('ends when the client that started it is killed, and whoever follows hears of it', async () => {
    const seconds = String(100_000 + Math.floor(Math.random() * 100_000))
    const ref = randomUUID()
    const script = fileURLToPath(new URL('../fakes/solving-client.ts', import.meta.url))
    const command = JSON.stringify(['/bin/busybox', 'sleep', seconds])
    const dockerfile = `FROM scratch\nCOPY bin /bin\nRUN ${command}\n`
    const client = spawn(process.execPath, [script, daemon.address, ref, busybox, dockerfile])
    await until(async () => isRunning(`sleep ${seconds}`))
    const watcher = follow(ref)
    await until(() => watcher.events.length > 0)
    client.kill('SIGKILL')
    expect((await errorOf(watcher.ended)).reason).toMatch(/context cancell?ed/)
    await until(async () => !(await isRunning(`sleep ${seconds}`)))
    expect((await errorOf(follow(ref).ended)).reason).toMatch(/context cancell?ed/)
    expect(await readActiveBuilds(daemon.address, signal)).toEqual([])
  })
})

describe('a Dockerfile of 64 KiB that fails', () => {
  const padding = `# ${'x'.repeat(1_021)}\n`.repeat(64)

  it('tells its line, its step and its exit code', async () => {
    const { details } = await errorOf(solve(running('exit 9', padding)))
    expect(details).toMatchObject({ line: 67, exitCode: 9, step: expect.stringContaining('RUN') })
  })

  it('does not take down the other calls of its connection', async () => {
    using channel = openChannel(daemon.address)
    const options = running('exit 9', padding)
    const { ref: id, sharedKey, directories } = options
    using _ = openSession(channel, { id, sharedKey, signal, handlers: [fileSync(directories)] })
    const solveMethod = methodOf(ControlDefinition, methods.solve)
    const failed = await errorOf(channel.unary(solveMethod, solveRequest(options), { signal }))
    expect(failed.code).toBe(grpcCode.internal)
    const info = await channel.unary(methodOf(ControlDefinition, methods.info), {}, { signal })
    expect(info.buildkitVersion?.version).not.toBe('')
  })
})
