import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readActiveBuilds } from '../../agent/buildkit/active-builds.ts'
import { attach } from '../../agent/buildkit/attach.ts'
import { BuildkitError, grpcCode } from '../../agent/buildkit/error.ts'
import type { ProgressEvent } from '../../agent/buildkit/progress.ts'
import { solve } from '../../agent/buildkit/solve.ts'
import { readDaemonInfo } from '../../agent/buildkit/workers.ts'
import { type RecordingProxy, startRecordingProxy } from '../fakes/recording-proxy.ts'
import { isRunning } from '../processes.ts'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { solvingIn } from './solving.ts'

let daemon: TestDaemon
let proxy: RecordingProxy
let busybox: string
beforeAll(async () => {
  daemon = await startTestDaemon()
  proxy = await startRecordingProxy(daemon.address.replace('unix://', ''))
  busybox = await daemon.busybox()
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await daemon[Symbol.asyncDispose]()
})

const { signal } = new AbortController()
const lost = { code: grpcCode.unavailable, reason: 'the connection to the daemon was lost' }
const running = (address: string, ...command: readonly string[]) => {
  const run = JSON.stringify(['/bin/busybox', ...command])
  return solvingIn(address, busybox, `FROM scratch\nCOPY bin /bin\nRUN ${run}\n`)
}
const textOf = (events: readonly ProgressEvent[]) =>
  events
    .map((event) => (event.kind === 'output' ? Buffer.from(event.bytes).toString() : ''))
    .join('')

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const limit = AbortSignal.timeout(20_000)
  while (!(await isSo())) await sleep(20, undefined, { signal: limit })
}

describe('a connection that breaks', () => {
  it('is made anew for a question', async () => {
    const known = await readDaemonInfo(daemon.address, signal)
    proxy.cutNext(3)
    expect(await readDaemonInfo(proxy.address, signal)).toEqual(known)
    expect(await readActiveBuilds(proxy.address, signal)).toEqual([])
  })

  it('is given up in the end', async () => {
    proxy.cutNext(5)
    await expect(readDaemonInfo(proxy.address, signal)).rejects.toMatchObject(lost)
    expect(await readDaemonInfo(proxy.address, signal)).toMatchObject({
      version: expect.any(String),
    })
  })

  it('is not made anew once it is of no use any more', async () => {
    const stop = new AbortController()
    proxy.cutNext(5)
    const asked = readDaemonInfo(proxy.address, stop.signal)
    setTimeout(() => stop.abort(new Error('enough')), 60)
    await expect(asked).rejects.toThrow('enough')
    proxy.cutNext(0)
  })

  it('lets who follows a build go on where it was', async () => {
    const script = `echo first; sleep 3; echo last >&2; echo third # ${randomUUID()}`
    const options = running(daemon.address, 'sh', '-c', script)
    const solved = solve({ ...options, exporters: [{ type: 'image', attrs: {} }] })
    const events: ProgressEvent[] = []
    await until(async () => (await readActiveBuilds(daemon.address, signal)).length > 0)
    const followed = attach({
      address: proxy.address,
      ref: options.ref,
      onProgress: (event) => void events.push(event),
      signal,
    })
    await until(() => textOf(events).includes('first'))
    proxy.cut()
    const { 'containerimage.digest': digest } = await solved
    expect(await followed).toMatchObject([{ digest }])
    expect(textOf(events).split('\n').toSorted()).toEqual(['', 'first', 'last', 'third'])
  })

  it('ends a solve with one error, and its steps', async () => {
    const seconds = String(100_000 + Math.floor(Math.random() * 100_000))
    const options = running(proxy.address, 'sleep', seconds)
    const failed = solve(options).catch((error: unknown) => error)
    await until(async () => isRunning(`sleep ${seconds}`))
    proxy.cut()
    const error = await failed
    expect(error).toBeInstanceOf(BuildkitError)
    expect(error).toMatchObject(lost)
    await until(async () => !(await isRunning(`sleep ${seconds}`)))
    await until(async () => (await readActiveBuilds(daemon.address, signal)).length === 0)
  })
})
