import { spawn as spawnPlain } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { spawn as spawnInTerminal } from '@lydell/node-pty'
import { z } from 'zod'
import type { TerminalQuery } from '#contract/environment.ts'
import type { EnvironmentPaths } from '../environments/environment-paths.ts'
import { createPtyInput } from './pty-input.ts'

/** A program that was started in an environment. */
export interface Terminal {
  write(bytes: Buffer): void
  /** Bytes that were written and the program has not taken yet. */
  waiting(): number
  /** There is no more to write. */
  end(): void
  resize(columns: number, rows: number): void
  pause(): void
  resume(): void
  kill(): void
}

export interface TerminalEvents {
  readonly onData: (bytes: Buffer) => void
  /** What was written has been taken, or will never be. */
  readonly onDrain: () => void
  readonly onExit: (code: number) => void
}

export type OpenTerminal = (
  environmentId: string,
  query: TerminalQuery,
) => (events: TerminalEvents) => Terminal

const surroundings = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
const endOfFile = Buffer.from([4])
const terminalType = 'TERM=xterm-256color'
/** What is read of `config.json`; the rest goes on as it is. */
const programOf = z.object({ process: z.looseObject({ env: z.array(z.string()) }) })
const usualShell = ['/bin/sh', '-c', 'if command -v bash >/dev/null; then exec bash; fi; exec sh']

/** Starts programs in environments, as the user that their image names and with the rights of its own program. */
export function createOpenTerminal({
  runc,
  root,
  folderOf,
}: {
  readonly runc: string
  readonly root: string
  /** The folder of an environment on this node. */
  readonly folderOf: (environmentId: string) => Pick<EnvironmentPaths, 'folder' | 'bundle'>
}): OpenTerminal {
  return (id, { command = usualShell, tty, cols, rows }) => {
    const args = ['--root', root, 'exec']
    if (!tty) {
      const how = ['--no-new-privs', '--env', terminalType]
      return (events) => openPipes(runc, [...args, ...how, id, ...command], events)
    }
    return ({ onExit, ...events }) => {
      const program = writeProgram(folderOf(id), { command, cols, rows })
      const end = (code: number) => {
        rmSync(program.folder, { recursive: true, force: true })
        onExit(code)
      }
      const line = [runc, ...args, '--tty', '--process', program.file, id]
      return openPty(line, { cols, rows }, { ...events, onExit: end })
    }
  }
}

/**
 * Says what is to run as the environment's own program is, in a file of its own. Only so has its terminal a size before it
 * runs: what runc is told by its own terminal comes a moment later.
 */
function writeProgram(
  { folder, bundle }: Pick<EnvironmentPaths, 'folder' | 'bundle'>,
  { command, cols, rows }: Required<Pick<TerminalQuery, 'command' | 'cols' | 'rows'>>,
) {
  const own = programOf.parse(JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'))).process
  const process = {
    ...own,
    terminal: true,
    consoleSize: { width: cols, height: rows },
    args: command,
    env: [...own.env, terminalType],
  }
  const made = mkdtempSync(join(folder, 'terminal-'))
  const file = join(made, 'process.json')
  writeFileSync(file, JSON.stringify(process), { mode: 0o600 })
  return { folder: made, file }
}

function openPty(
  [program = '', ...args]: readonly string[],
  size: Pick<TerminalQuery, 'cols' | 'rows'>,
  { onData, onDrain, onExit }: TerminalEvents,
): Terminal {
  const pty = spawnInTerminal(program, [...args], {
    ...size,
    cwd: '/',
    env: surroundings,
    encoding: null,
  })
  const input = createPtyInput(pty)
  input.on('drain', onDrain)
  pty.onData((bytes: string | Buffer) => onData(Buffer.from(bytes)))
  pty.onExit(({ exitCode }) => onExit(exitCode))
  return {
    write: (bytes) => void input.write(bytes),
    waiting: () => waitingIn(input),
    end: () => void input.write(endOfFile),
    resize: (columns, lines) => pty.resize(columns, lines),
    pause: () => pty.pause(),
    resume: () => pty.resume(),
    kill: () => pty.kill('SIGHUP'),
  }
}

function waitingIn(input: Writable): number {
  return input.destroyed ? 0 : input.writableLength
}

/** What it prints as errors comes among the rest. */
function openPipes(
  program: string,
  args: readonly string[],
  { onData, onDrain, onExit }: TerminalEvents,
): Terminal {
  const child = spawnPlain(program, args, { cwd: '/', env: surroundings, detached: true })
  const outputs = [child.stdout, child.stderr]
  for (const output of outputs) output.on('data', onData)
  child.stdin.on('error', () => undefined)
  for (const event of ['drain', 'close']) child.stdin.on(event, onDrain)
  child.on('error', () => onExit(255))
  child.on('close', (code) => onExit(code ?? 255))
  return {
    write: (bytes) => void child.stdin.write(bytes),
    waiting: () => waitingIn(child.stdin),
    end: () => void child.stdin.end(),
    resize: () => undefined,
    pause: () => outputs.forEach((output) => void output.pause()),
    resume: () => outputs.forEach((output) => void output.resume()),
    kill: () => void child.kill('SIGHUP'),
  }
}
