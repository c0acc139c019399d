import { spawn, type ChildProcess } from 'node:child_process'
import { rm } from 'node:fs/promises'
import type { Environment } from './environment.ts'
import { rest } from './rest.ts'
import { until } from './until.ts'
import { signalGroup, stopGroup, type Stopping } from './group.ts'
import { openLog, readLogTail } from './log-file.ts'
import { writePidFile } from './pid-file.ts'
import { restartDelay } from './restart-delay.ts'
import type { Say } from './say.ts'

export interface DaemonSpec {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly environment: Environment
  readonly cwd?: string
  readonly uid?: number
  readonly gid?: number
  readonly logFile: string
  readonly pidFile: string
  readonly stopping: Stopping
  /** Must neither throw nor answer false before the daemon counts as started. */
  readonly isReady: () => Promise<boolean>
  readonly readyLimitMs: number
  /** Clears what an earlier run left behind; runs before every start and after the stop. */
  readonly sweep?: () => Promise<void>
  /** Makes what a run needs; runs before every start, after the sweep. */
  readonly prepare?: () => Promise<void>
}

/** One child process that is restarted when it dies and stopped, as a whole group, when disposed. */
export class Daemon implements AsyncDisposable {
  readonly #spec: DaemonSpec
  readonly #say: Say
  readonly #stop = new AbortController()
  #child: ChildProcess | undefined
  #supervision: Promise<void> = Promise.resolve()

  private constructor(spec: DaemonSpec, say: Say) {
    this.#spec = spec
    this.#say = say
  }

  /** Resolves once the daemon answers. @throws with the end of its log when it does not. */
  static async start(spec: DaemonSpec, say: Say, signal?: AbortSignal): Promise<Daemon> {
    const daemon = new Daemon(spec, say)
    try {
      await daemon.#launch(signal)
    } catch (error) {
      await daemon[Symbol.asyncDispose]()
      throw error
    }
    daemon.#supervision = daemon.#supervise()
    return daemon
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#end()
    await this.#supervision
    // A restart may have been under way when the stop came.
    await this.#end()
    await this.#spec.sweep?.()
    await rm(this.#spec.pidFile, { force: true })
  }

  async #end(): Promise<void> {
    const pid = this.#child?.pid
    if (pid === undefined) return
    const how = await stopGroup(pid, this.#spec.stopping)
    if (how === 'killed') this.#say(`${this.#spec.name} did not stop in time and was killed`)
  }

  async #launch(signal?: AbortSignal): Promise<void> {
    const { name, isReady, readyLimitMs, logFile, pidFile, stopping } = this.#spec
    await this.#spec.sweep?.()
    await this.#spec.prepare?.()
    const child = await this.#spawn()
    const exited = new AbortController()
    child.once('error', (error) => exited.abort(error))
    child.once('exit', (code, by) => exited.abort(new Error(`exited with ${code ?? by}`)))
    if (child.pid !== undefined) await writePidFile(pidFile, child.pid, stopping)
    const signals = [exited.signal, this.#stop.signal, ...(signal ? [signal] : [])]
    try {
      await until(isReady, { what: name, limitMs: readyLimitMs, signal: AbortSignal.any(signals) })
    } catch (error) {
      signal?.throwIfAborted()
      const reason = exited.signal.aborted ? exited.signal.reason : error
      const log = await readLogTail(logFile, 8)
      throw new Error(
        `${name} did not start: ${describe(reason)}\n${log}\n(whole log: ${logFile})`,
        {
          cause: error,
        },
      )
    }
  }

  async #spawn(): Promise<ChildProcess> {
    const { command, args, environment, cwd, uid, gid, logFile } = this.#spec
    const log = await openLog(logFile)
    try {
      // The log is a file, not a pipe: the child must be able to write after a kill -9 of the launcher.
      const child = spawn(command, args, {
        cwd,
        uid,
        gid,
        env: { ...environment },
        stdio: ['ignore', log.fd, log.fd],
        detached: true,
      })
      this.#child = child
      return child
    } finally {
      await log.close()
    }
  }

  async #supervise(): Promise<void> {
    const deaths: number[] = []
    while (!this.#stop.signal.aborted) {
      const how = await this.#death()
      if (this.#stop.signal.aborted) return
      deaths.push(performance.now())
      const delay = restartDelay(deaths)
      this.#say(`${this.#spec.name} ${how}; starting it again in ${delay / 1000} s`)
      await rest(delay, this.#stop.signal)
      if (this.#stop.signal.aborted) return
      await this.#relaunch()
    }
  }

  async #relaunch(): Promise<void> {
    const started = performance.now()
    try {
      await this.#launch()
      this.#say(
        `${this.#spec.name} answers again after ${Math.round(performance.now() - started)} ms`,
      )
    } catch (error) {
      if (this.#stop.signal.aborted) return
      this.#say(describe(error))
      await this.#end()
    }
  }

  /** Waits for the end of the current child, then clears its group: grandchildren would hold its ports. */
  async #death(): Promise<string> {
    const child = this.#child
    if (child?.pid === undefined) return 'could not be started'
    if (child.exitCode === null && child.signalCode === null) {
      await new Promise((resolve) => child.once('exit', resolve))
    }
    signalGroup(child.pid, 'SIGKILL')
    return child.signalCode ? `was ended by ${child.signalCode}` : `exited with ${child.exitCode}`
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}
