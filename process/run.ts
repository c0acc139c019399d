import { spawn } from 'node:child_process'
import type { Environment } from './environment.ts'
import { isErrno, signalGroup, stopGroup } from './group.ts'

export interface RunOptions {
  readonly limitMs: number
  /** Left out for commands of the system itself, which need nothing but their path. */
  readonly environment?: Environment
  readonly cwd?: string
  readonly uid?: number
  readonly gid?: number
  readonly signal?: AbortSignal
  /** How much is kept of each stream, in characters: the end of it. */
  readonly maxOutput?: number
}

/** `absent`: there is no such command. `limit`: it took too long. */
export type ProcessFailure = 'absent' | 'unstartable' | 'limit' | 'exit'

/** A command that could not be run or did not succeed. */
export class ProcessError extends Error {
  override readonly name = 'ProcessError'
  readonly command: string
  readonly exitCode: number | null
  readonly output: string
  readonly failure: ProcessFailure

  constructor(
    command: string,
    exitCode: number | null,
    output: string,
    failure: ProcessFailure,
    reason: string,
  ) {
    super(`${command} ${reason}${output === '' ? '' : `:\n${output}`}`)
    this.command = command
    this.exitCode = exitCode
    this.output = output
    this.failure = failure
  }
}

const systemEnvironment: Environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }
const usualOutput = 64 * 1024

/** Runs a command to its end and answers what it wrote. @throws ProcessError; the signal's reason when aborted. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<{ stdout: string; stderr: string }> {
  options.signal?.throwIfAborted()
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...(options.environment ?? systemEnvironment) },
    uid: options.uid,
    gid: options.gid,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own group: a Ctrl-C in the terminal reaches only the launcher, which then stops it in order.
    detached: true,
  })
  const kept = options.maxOutput ?? usualOutput
  const stdout = collect(child.stdout, kept)
  const stderr = collect(child.stderr, kept)
  let reason: 'limit' | undefined
  const stop = (): void => {
    if (child.pid !== undefined) void stopGroup(child.pid, { signal: 'SIGTERM', graceMs: 2000 })
  }
  const limit = setTimeout(() => {
    reason = 'limit'
    stop()
  }, options.limitMs)
  options.signal?.addEventListener('abort', stop, { once: true })
  try {
    const code = await exitOf(child, command)
    options.signal?.throwIfAborted()
    if (reason === 'limit') {
      throw new ProcessError(
        command,
        code,
        tail(stderr()),
        'limit',
        `took longer than ${options.limitMs / 1000} s`,
      )
    }
    if (code !== 0)
      throw new ProcessError(
        command,
        code,
        tail(stderr() || stdout()),
        'exit',
        `exited with ${code}`,
      )
    return { stdout: stdout(), stderr: stderr() }
  } finally {
    clearTimeout(limit)
    options.signal?.removeEventListener('abort', stop)
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
  }
}

function exitOf(child: ReturnType<typeof spawn>, command: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      const absent = isErrno(error, 'ENOENT')
      const reason = absent ? 'is not on PATH' : `could not start: ${error.message}`
      const failure = absent ? 'absent' : 'unstartable'
      reject(new ProcessError(command, null, '', failure, reason))
    })
    child.once('close', (code) => resolve(code))
  })
}

function collect(stream: NodeJS.ReadableStream, kept: number): () => string {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-kept)
  })
  return () => text
}

function tail(text: string): string {
  return text.trimEnd().split('\n').slice(-12).join('\n')
}
