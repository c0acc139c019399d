import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BuildkitError } from '../../agent/buildkit/error.ts'
import type { SolveOptions } from '../../agent/buildkit/solve-options.ts'
import { solve } from '../../agent/buildkit/solve.ts'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { solvingIn } from './solving.ts'

let daemon: TestDaemon
let busybox: string
beforeAll(async () => {
  daemon = await startTestDaemon()
  busybox = await daemon.busybox()
})
afterAll(async () => daemon[Symbol.asyncDispose]())

const padding = `# ${'x'.repeat(1_021)}\n`.repeat(48)

/** A solve whose only RUN prints a secret and ends as `then` does. */
function printing(then: string, rest: Partial<SolveOptions>, before = '') {
  const secret = randomUUID()
  const script = JSON.stringify([
    '/bin/busybox',
    'sh',
    '-c',
    `: ${randomUUID()}; cat /run/secrets/s; ${then}`,
  ])
  const dockerfile = `FROM scratch\nCOPY bin /bin\n${before}RUN --mount=type=secret,id=s ${script}\n`
  const options = solvingIn(daemon.address, busybox, dockerfile)
  const printed = Promise.withResolvers<void>()
  const onProgress: SolveOptions['onProgress'] = (event) => {
    if (event.kind === 'output' && Buffer.from(event.bytes).includes(secret)) printed.resolve()
  }
  const solved = solve({ ...options, secrets: { s: Buffer.from(secret) }, onProgress, ...rest })
  return { secret, solved, printed: printed.promise }
}

/** Files of the daemon that hold a text. */
async function holding(text: string): Promise<readonly string[]> {
  const found = promisify(execFile)('grep', ['-rlaF', text, `${daemon.folder}/daemons`])
  const { stdout } = await found.catch(
    ({ code, stdout: partial }: { code: number; stdout: string }) => {
      // 2: a file went away while it was looked into.
      if (code === 1 || code === 2) return { stdout: partial }
      throw new Error(`grep ended with ${code}`)
    },
  )
  return stdout.split('\n').filter(Boolean)
}

const forgotten = async (secret: string) =>
  expect.poll(async () => holding(secret), { timeout: 40_000, interval: 250 }).toEqual([])

it('holds what a step prints on its disk, when a solve is recorded, and soon no more', async () => {
  const { secret, solved, printed } = printing('', {})
  await Promise.all([solved, printed])
  expect(await holding(secret)).not.toEqual([])
  await forgotten(secret)
})

it('never holds it when a solve is not recorded', async () => {
  for (const then of ['', 'exit 3']) {
    const { secret, solved, printed } = printing(then, { recorded: false })
    await Promise.all([solved.catch(() => undefined), printed])
    expect(await holding(secret)).toEqual([])
  }
})

it('forgets a solve of which the error was read from its history', async () => {
  const { secret, solved } = printing('exit 9', {}, padding)
  const error: unknown = await solved.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(BuildkitError)
  expect(error).toMatchObject({ details: { line: 51, exitCode: 9 } })
  expect(await holding(secret)).not.toEqual([])
  await forgotten(secret)
})

it('forgets a solve that its client has left', async () => {
  const stop = new AbortController()
  const { secret, solved, printed } = printing('sleep 600', { signal: stop.signal })
  await printed
  stop.abort(new Error('enough'))
  await expect(solved).rejects.toThrow('enough')
  await expect.poll(async () => holding(secret), { timeout: 20_000, interval: 50 }).not.toEqual([])
  await forgotten(secret)
})

it('tells the step, its words and its exit code of a large Dockerfile that was not recorded', async () => {
  const { solved } = printing('exit 9', { recorded: false }, padding)
  await expect(solved).rejects.toMatchObject({
    reason: expect.stringMatching(/^process .* did not complete successfully: exit code: 9$/),
    details: { exitCode: 9, step: expect.stringMatching(/^\[stage-0 2\/2\] RUN /) },
  })
})
