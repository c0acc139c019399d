import { spawn } from 'node:child_process'
import { open, readFile, rm } from 'node:fs/promises'
import { z } from 'zod'
import { ProcessError, run } from '../../process/run.ts'
import { quote } from '../daemon/quote.ts'
import type { EnvironmentPaths } from './environment-paths.ts'
import { type Held, holdStill } from './hold-still.ts'

export interface RuncSettings {
  /** The program. */
  readonly runc: string
  /** Folder of its state. */
  readonly root: string
}

export interface Runc {
  /** Starts a container that lives on without this process. What it prints, and how it ends, goes to the files of `paths`. */
  launch(id: string, paths: EnvironmentPaths): Promise<void>
  /** `undefined` when there is no such container. */
  status(id: string): Promise<string | undefined>
  signal(id: string, signal: string): Promise<void>
  /** Lets its programs stand still until that is released, or this process is gone. @throws NotHeld */
  hold(id: string): Promise<Held>
  /** Lets its programs go on, where they stand still. */
  resume(id: string): Promise<void>
  /** Ends whatever is left of it and forgets it. */
  remove(id: string): Promise<void>
}

const limitMs = 30_000
const state = z.object({ status: z.string() })
const logLine = z.object({ level: z.string(), msg: z.string() })

export function createRunc({ runc, root }: RuncSettings): Runc {
  const call = async (...args: readonly string[]) =>
    run(runc, ['--root', root, ...args], { limitMs })
  return {
    launch: async (id, paths) => {
      for (const path of [paths.exit, paths.pid, paths.runcLog]) await rm(path, { force: true })
      const log = await open(paths.log, 'a', 0o600)
      try {
        const own = ['--root', root, '--log', paths.runcLog, '--log-format', 'json']
        // It is kept until its cgroup has been asked how it ended.
        const args = [
          ...own,
          'run',
          '--keep',
          '--bundle',
          paths.bundle,
          '--pid-file',
          paths.pid,
          id,
        ]
        const command = [runc, ...args].map(quote).join(' ')
        const [exit, unfinished] = [paths.exit, `${paths.exit}.new`].map(quote)
        // The shell stays, in a session of its own, to write down the exit code whoever else is there by then.
        const script = `${command}; echo $? > ${unfinished}; mv ${unfinished} ${exit}`
        const keeper = spawn('sh', ['-c', script], {
          cwd: '/',
          env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
          stdio: ['ignore', log.fd, log.fd],
          detached: true,
        })
        keeper.on('error', () => undefined)
        keeper.unref()
      } finally {
        await log.close()
      }
    },
    status: async (id) => {
      try {
        const { stdout } = await call('state', id)
        return state.parse(JSON.parse(stdout)).status
      } catch (error) {
        if (error instanceof ProcessError && error.failure === 'exit') return undefined
        throw error
      }
    },
    signal: async (id, signal) => {
      await call('kill', id, signal).catch(unlessGone)
    },
    hold: async (id) => holdStill({ runc, root }, id),
    resume: async (id) => {
      await call('resume', id).catch(unlessGone)
    },
    remove: async (id) => {
      await call('delete', '--force', id).catch(unlessGone)
    },
  }
}

/** It may have ended in between. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ProcessError) || error.failure !== 'exit') throw error
}

/** Why runc did not come as far as the program; `undefined` when it did. */
export async function readRuncError({ runcLog }: EnvironmentPaths): Promise<string | undefined> {
  const text = await readFile(runcLog, 'utf8').catch(() => '')
  const lines = text.split('\n').flatMap((line) => {
    try {
      return [logLine.parse(JSON.parse(line))]
    } catch {
      return []
    }
  })
  return lines.findLast(({ level }) => level === 'error' || level === 'fatal')?.msg
}

/** The exit code of the program; `undefined` while it runs. */
export async function readExit({
  exit,
}: Pick<EnvironmentPaths, 'exit'>): Promise<number | undefined> {
  const text = await readFile(exit, 'utf8').catch(() => '')
  return /^\d+\n$/.test(text) ? Number(text) : undefined
}
