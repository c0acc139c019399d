import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Kiln {
  /** Runs one command line to its end. */
  run(args: readonly string[], more?: { readonly input?: string }): Promise<Ran>
  /** Starts one, to be interrupted. */
  start(args: readonly string[]): Running
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ran>
  /** Waits until it has told a text on standard error. */
  saw(pattern: RegExp): Promise<void>
}

const usualLimitMs = 120_000
const program = fileURLToPath(new URL('../../../cli/kiln.js', import.meta.url))

/** The command line as people have it: a process of its own, in surroundings that name only what a test wants. */
export function createKiln(
  environment: Readonly<Record<string, string>>,
  limitMs = usualLimitMs,
): Kiln {
  const start = (args: readonly string[]): Running => {
    const env = { PATH: process.env['PATH'] ?? '', LANG: 'C', ...environment }
    const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
    let told = ''
    child.stderr.on('data', (bytes: Buffer) => (told += bytes.toString()))
    const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return {
      child,
      ended: ended.then(([stdout, stderr]) => {
        clearTimeout(timer)
        return { code: child.exitCode ?? -1, stdout, stderr }
      }),
      saw: async (pattern) => {
        while (!pattern.test(told)) {
          if (child.exitCode !== null) throw new Error(`it ended before: ${told}`)
          await once(child.stderr, 'data')
        }
      },
    }
  }
  return {
    start,
    run: async (args, { input = '' } = {}) => {
      const { child, ended } = start(args)
      child.stdin?.end(input)
      return ended
    },
  }
}
