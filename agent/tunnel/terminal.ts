import { spawn as spawnPlain } from 'node:child_process'
import { spawn as spawnInTerminal } from '@lydell/node-pty'
import type { TerminalQuery } from '#contract/environment.ts'

/** A program that was started in an environment. */
export interface Terminal {
  write(bytes: Buffer): void
  /** There is no more to write. */
  end(): void
  resize(columns: number, rows: number): void
  pause(): void
  resume(): void
  kill(): void
}

export interface TerminalEvents {
  readonly onData: (bytes: Buffer) => void
  readonly onExit: (code: number) => void
}

export type OpenTerminal = (
  environmentId: string,
  query: TerminalQuery,
) => (events: TerminalEvents) => Terminal

const surroundings = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
const endOfFile = Buffer.from([4])
const usualShell = ['/bin/sh', '-c', 'if command -v bash >/dev/null; then exec bash; fi; exec sh']

/** Starts programs in environments, as the user that their image names and with the rights of its own program. */
export function createOpenTerminal({
  runc,
  root,
}: {
  readonly runc: string
  readonly root: string
}): OpenTerminal {
  return (id, { command = usualShell, tty, cols, rows }) => {
    const args = ['--root', root, 'exec', '--no-new-privs', '--env', 'TERM=xterm-256color']
    if (!tty) return (events) => openPipes(runc, [...args, id, ...command], events)
    return (events) => openPty([runc, ...args, '--tty', id, ...command], { cols, rows }, events)
  }
}

interface BytesInput {
  write(bytes: Buffer | string): void
}

function openPty(
  [program = '', ...args]: readonly string[],
  size: Pick<TerminalQuery, 'cols' | 'rows'>,
  { onData, onExit }: TerminalEvents,
): Terminal {
  const pty = spawnInTerminal(program, [...args], {
    ...size,
    cwd: '/',
    env: surroundings,
    encoding: null,
  })
  // Its types know texts only.
  const input: BytesInput = pty
  pty.onData((bytes: string | Buffer) => onData(Buffer.from(bytes)))
  pty.onExit(({ exitCode }) => onExit(exitCode))
  return {
    write: (bytes) => input.write(bytes),
    end: () => input.write(endOfFile),
    resize: (columns, lines) => pty.resize(columns, lines),
    pause: () => pty.pause(),
    resume: () => pty.resume(),
    kill: () => pty.kill('SIGHUP'),
  }
}

/** What it prints as errors comes among the rest. */
function openPipes(
  program: string,
  args: readonly string[],
  { onData, onExit }: TerminalEvents,
): Terminal {
  const child = spawnPlain(program, args, { cwd: '/', env: surroundings, detached: true })
  const outputs = [child.stdout, child.stderr]
  for (const output of outputs) output.on('data', onData)
  child.stdin.on('error', () => undefined)
  child.on('error', () => onExit(255))
  child.on('close', (code) => onExit(code ?? 255))
  return {
    write: (bytes) => void child.stdin.write(bytes),
    end: () => void child.stdin.end(),
    resize: () => undefined,
    pause: () => outputs.forEach((output) => void output.pause()),
    resume: () => outputs.forEach((output) => void output.resume()),
    kill: () => void child.kill('SIGHUP'),
  }
}
