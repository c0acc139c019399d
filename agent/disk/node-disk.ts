import { rest } from '../../process/rest.ts'
import type { ProgressEvent } from '../buildkit/progress.ts'
import { DiskFull, isForLackOfSpace, noSpace } from './disk-full.ts'
import { createDiskState, type DiskState } from './disk-state.ts'
import type { FreeSpace } from './free-space.ts'
import { makeRoom, type RoomDeps } from './make-room.ts'
import { levelOf, type Marks, shortOf } from './marks.ts'

/** The disk with the caches of this node. */
export interface NodeDisk extends AsyncDisposable, Pick<DiskState, 'low' | 'unchanged'> {
  /** Looks how much is free, and begins to make room when that is too little. Never rejects. */
  look(): Promise<void>
  /** Whether so many bytes leave it with all that it aims for. */
  hasRoomFor(bytes: number): Promise<boolean>
  /** Waits while room is made, for as long as that is worth waiting for. */
  settle(signal: AbortSignal): Promise<void>
  /** Watches a solve of a project, to tell later whether it failed for lack of space. */
  watch(project: string): SolveWatch
  /** Begins a project's cache anew when its daemon cannot go on with what is on the disk. Never rejects. */
  repair(project: string): Promise<void>
}

export interface SolveWatch extends Disposable {
  /** Aborts with a `DiskFull`, when the build is stopped for the sake of the others. */
  readonly signal: AbortSignal
  read(event: ProgressEvent): void
  /** @returns a `DiskFull` that is caused by the error when that is why, or else the error itself. */
  judge(error: unknown): Promise<unknown>
}

export interface NodeDiskDeps extends Omit<RoomDeps, 'marks' | 'wasFull'> {
  readonly marks: (free: FreeSpace) => Marks
}

const settleMs = 60_000
/** Pauses between attempts to make room while there is nothing that could be removed. */
const firstPauseMs = 1_000
const maxPauseMs = { full: 5_000, low: 60_000, ok: 0 } as const

export function createNodeDisk(deps: NodeDiskDeps): NodeDisk {
  const { say } = deps
  const state = createDiskState(say)
  let making: Promise<void> | undefined
  let pauseMs = firstPauseMs
  let nextAt = 0

  const make = async (marks: Marks) => {
    await makeRoom({ ...deps, marks, wasFull: () => state.wasFull() })
    const free = await deps.readFree()
    const level = levelOf(free, marks)
    nextAt = performance.now() + Math.min(pauseMs, maxPauseMs[level])
    pauseMs = level === 'ok' ? firstPauseMs : pauseMs * 2
  }
  const look = async () => {
    try {
      const free = await deps.readFree()
      const marks = deps.marks(free)
      const level = state.note(free, marks, making !== undefined)
      if (making !== undefined || deps.signal.aborted) return
      if (level === 'ok') return await takeBallast(deps, free, marks)
      if (performance.now() < nextAt) return
      making = make(marks)
        .catch((error: unknown) => say(`disk: ${String(error)}`))
        .finally(() => {
          making = undefined
          void look()
        })
    } catch (error) {
      say(`disk: cannot be looked at: ${String(error)}`)
    }
  }
  return {
    low: () => state.low(),
    unchanged: () => state.unchanged(),
    look,
    hasRoomFor: async (bytes) => {
      const free = await deps.readFree()
      const left = { ...free, bytes: free.bytes - bytes }
      return state.low() === undefined && shortOf(left, deps.marks(free).goal) === undefined
    },
    settle: async (signal) => {
      if (making === undefined) return
      const limit = new AbortController()
      const given = AbortSignal.any([signal, limit.signal])
      await Promise.race([making, rest(settleMs, given)])
      limit.abort()
    },
    watch: (project) => watchSolve(deps, project, { look, seen: state }),
    repair: async (project) => repair(deps, project),
    [Symbol.asyncDispose]: async () => {
      await making
    },
  }
}

async function repair({ caches, say }: NodeDiskDeps, project: string): Promise<void> {
  if (!(await caches.isBroken(project))) return
  try {
    await caches.renew(project)
    say(`disk: began the cache of ${project} anew, since its database could not be read`)
  } catch (error) {
    say(`disk: cannot begin the cache of ${project} anew: ${String(error)}`)
  }
}

/** Only where it leaves the reserve as it is. */
async function takeBallast(
  { ballast, say }: NodeDiskDeps,
  free: FreeSpace,
  { ballastBytes, reserve }: Marks,
): Promise<void> {
  if (free.bytes < reserve.bytes + ballastBytes || (await ballast.isThere())) return
  await ballast
    .take(ballastBytes)
    .catch((error: unknown) => say(`disk: there is no ballast: ${String(error)}`))
}

interface Watching {
  readonly look: () => Promise<void>
  readonly seen: Pick<DiskState, 'lowAt' | 'fullAt' | 'words'>
}

function watchSolve(
  { solves, caches }: NodeDiskDeps,
  project: string,
  { look, seen }: Watching,
): SolveWatch {
  const running = solves.begin(project)
  const since = performance.now()
  let saidSo = false
  void caches.stamp(project)
  return {
    signal: running.signal,
    read: (event) => {
      if (event.kind !== 'output' || !noSpace.test(Buffer.from(event.bytes).toString('latin1')))
        return
      saidSo = true
      void look()
    },
    judge: async (error) => {
      await look()
      const wasLow = seen.lowAt >= since
      const wasFull = seen.fullAt >= since
      if (!isForLackOfSpace(error, { wasLow, wasFull, saidSo })) return error
      const details = wasLow ? `: ${seen.words}` : ''
      return new DiskFull(`the disk of the node was full${details}`, { cause: error })
    },
    [Symbol.dispose]: () => running[Symbol.dispose](),
  }
}
