import type { ContextServer } from '../contexts/context-server.ts'
import type { Say } from '../../process/say.ts'
import type { CgroupLimits } from './build-limits.ts'
import type { EndedStep, StepLimit } from './limit-hits.ts'

/** What the steps of one project may use of the node together. */
export interface StepLimits extends CgroupLimits {
  /** Which of the limits a step met that has failed, if any. */
  findHit(step: EndedStep): Promise<StepLimit | undefined>
}

/** A daemon that answers at `address` until it is disposed. */
export interface PooledDaemon extends AsyncDisposable {
  readonly address: string
  /** Folder of its content, where a blob lies at `<algorithm>/<hex>`. */
  readonly blobs: string
  /** Reached by this daemon only. */
  readonly contexts: ContextServer
  readonly limits: StepLimits
  /** Waits until the daemon answers; it may be starting anew after a crash. @throws once that takes too long. */
  ready(): Promise<void>
}

/** The daemon of a project could not be started, or no longer answers. */
export class DaemonUnavailable extends Error {
  override readonly name = 'DaemonUnavailable'
}

/** The right to use a daemon, which is not stopped before this is disposed. */
export interface DaemonLease
  extends Disposable, Pick<PooledDaemon, 'address' | 'blobs' | 'contexts' | 'limits'> {}

export interface DaemonPool extends AsyncDisposable {
  /** The daemon of a project; it is started when it does not run. @throws DaemonUnavailable */
  use(project: string): Promise<DaemonLease>
  /** Projects whose daemons have been started and not been stopped. */
  running(): readonly string[]
  /** Stops the daemon of a project, also one that is in use; it is not started again before `between` has ended. */
  replace(project: string, between: () => Promise<void>): Promise<void>
}

export interface PoolOptions {
  readonly start: (project: string) => Promise<PooledDaemon>
  /** How long a daemon that nobody uses is kept. */
  readonly idleMs: number
  /** More than this many run only while all of them are in use. */
  readonly max: number
  readonly say: Say
}

interface Entry {
  readonly started: Promise<PooledDaemon>
  users: number
  idleSince: number
  timer?: NodeJS.Timeout
}

/** Runs at most one daemon a project: started on demand, stopped when idle, all stopped with the pool. */
export function createDaemonPool(options: PoolOptions): DaemonPool {
  const entries = new Map<string, Entry>()
  /** What must have ended before the daemon of a project is started again. */
  const stopping = new Map<string, Promise<void>>()
  let closed = false

  const stop = async (project: string, entry: Entry, between = async () => {}) => {
    clearTimeout(entry.timer)
    entries.delete(project)
    return holdBack(stopping, project, stopDaemon(entry, project, options.say).then(between))
  }
  const open = (project: string): Entry => {
    const longest = entries.size >= options.max ? findLongestIdle(entries) : undefined
    if (longest !== undefined) void stop(...longest)
    const entry: Entry = { started: options.start(project), users: 0, idleSince: 0 }
    entries.set(project, entry)
    entry.started.catch(() => {
      if (entries.get(project) === entry) entries.delete(project)
    })
    return entry
  }
  const release = (project: string, entry: Entry) => {
    entry.users -= 1
    if (entry.users > 0 || entries.get(project) !== entry) return
    entry.idleSince = performance.now()
    entry.timer = setTimeout(() => void stop(project, entry), options.idleMs)
  }
  return {
    use: async (project) => {
      while (stopping.has(project)) await stopping.get(project)
      if (closed) throw new Error('the daemons of this node are being stopped')
      const entry = entries.get(project) ?? open(project)
      entry.users += 1
      clearTimeout(entry.timer)
      try {
        const daemon = await entry.started
        await daemon.ready()
        // The pool was closed meanwhile, so it is being stopped.
        if (entries.get(project) !== entry) throw new Error('it is no longer wanted')
        const { address, blobs, contexts, limits } = daemon
        return { address, blobs, contexts, limits, [Symbol.dispose]: () => release(project, entry) }
      } catch (cause) {
        release(project, entry)
        throw new DaemonUnavailable(`the build daemon of ${project} does not answer`, { cause })
      }
    },
    running: () => [...entries.keys()],
    replace: async (project, between) => {
      while (stopping.has(project)) await stopping.get(project)
      const entry = entries.get(project)
      return entry === undefined
        ? holdBack(stopping, project, between())
        : stop(project, entry, between)
    },
    [Symbol.asyncDispose]: async () => {
      closed = true
      for (const [project, entry] of entries) void stop(project, entry)
      await Promise.all(stopping.values())
    },
  }
}

function findLongestIdle(entries: ReadonlyMap<string, Entry>): [string, Entry] | undefined {
  const idle = [...entries].filter(([, { users }]) => users === 0)
  return idle.toSorted(([, a], [, b]) => a.idleSince - b.idleSince)[0]
}

async function stopDaemon({ started }: Entry, project: string, say: Say): Promise<void> {
  try {
    await (await started)[Symbol.asyncDispose]()
  } catch (error) {
    say(`the daemon of ${project} did not stop: ${String(error)}`)
  }
}

/** Nobody starts the daemon of the project before `done` has ended. */
async function holdBack(
  stopping: Map<string, Promise<void>>,
  project: string,
  done: Promise<void>,
): Promise<void> {
  const ended = done.catch(() => undefined).finally(() => stopping.delete(project))
  stopping.set(project, ended)
  return done
}
