import { setTimeout as sleep } from 'node:timers/promises'
import type { Say } from '../../process/say.ts'
import { DaemonUnavailable } from '../daemon/daemon-pool.ts'
import type { Ballast } from './ballast.ts'
import { describeFreeSpace } from './describe-space.ts'
import { DiskFull, saysNoSpace } from './disk-full.ts'
import type { FreeSpace } from './free-space.ts'
import { levelOf, type Marks, shortOf } from './marks.ts'
import type { ProjectCaches } from './project-caches.ts'
import type { Solves } from './solves.ts'

export interface RoomDeps {
  readonly readFree: () => Promise<FreeSpace>
  readonly marks: Marks
  /** Whether next to nothing was free since there was last enough. */
  readonly wasFull: () => boolean
  readonly ballast: Ballast
  readonly caches: ProjectCaches
  readonly solves: Solves
  /** Removes contexts that no build uses, those unused for longest first, until so many bytes are freed. */
  readonly dropContexts: (bytes: number) => Promise<void>
  /** Removes unpacked images that no environment is made from, in the same order. */
  readonly dropImages: (bytes: number) => Promise<void>
  /** Tells each step, for the operator. */
  readonly say: Say
  /** Aborts with the agent. */
  readonly signal: AbortSignal
}

/** A daemon may take so long to clear away what a build has left that failed. */
const settleMs = 1_000
const settleRounds = 3
/** How many daemons are started to see whether they have something to clear away. */
const maxStopped = 4

/**
 * Makes room on the disk, by what costs least first, until there is enough: what nobody holds, unpacked images of no environment, old
 * logs, caches of projects that do not build, contexts, caches of those that do, and, where the disk was full, builds themselves. Never
 * rejects: a step that fails is told, and the next one is taken.
 */
export async function makeRoom(deps: RoomDeps): Promise<void> {
  const { caches, say } = deps
  const steps = [
    async () => collect(deps),
    async () => dropImages(deps),
    async () => collectLater(deps),
    async () => collectStopped(deps),
    async () => collectLater(deps),
    async () => caches.dropOldLogs(),
    async () => pruneEach(deps, false),
    async () => deps.dropContexts((await missingBytes(deps)) ?? 0),
    async () => pruneEach(deps, true),
    async () => stopBuilds(deps),
  ]
  for (const step of steps) {
    if (deps.signal.aborted || (await isEnough(deps))) return
    await giveBackBallast(deps)
    await step().catch((error: unknown) => say(`disk: ${String(error)}`))
  }
}

async function isEnough(deps: RoomDeps): Promise<boolean> {
  return shortOf(await deps.readFree(), await goalOf(deps)) === undefined
}

/** With room for the ballast, where that was given back. */
async function goalOf({ marks: { goal, ballastBytes }, ballast }: RoomDeps) {
  return (await ballast.isThere()) ? goal : { ...goal, bytes: goal.bytes + ballastBytes }
}

/** `undefined` when it is not bytes that are short. */
async function missingBytes(deps: RoomDeps): Promise<number | undefined> {
  const missing = (await goalOf(deps)).bytes - (await deps.readFree()).bytes
  return missing > 0 ? missing : undefined
}

async function dropImages(deps: RoomDeps): Promise<void> {
  const before = await deps.readFree()
  // Where files are short it is not known how many an image has.
  await deps.dropImages((await missingBytes(deps)) ?? Number.POSITIVE_INFINITY)
  const after = await deps.readFree()
  if (after.bytes > before.bytes) {
    deps.say(`disk: removed images that no environment uses, ${describeFreeSpace(after)}`)
  }
}

/** Even to remove something takes some room. */
async function giveBackBallast({ readFree, marks, ballast, say }: RoomDeps): Promise<void> {
  if (levelOf(await readFree(), marks) !== 'full' || !(await ballast.giveBack())) return
  say(`disk: gave back the ballast, ${describeFreeSpace(await readFree())}`)
}

async function collect(deps: RoomDeps): Promise<void> {
  for (const project of deps.caches.running()) await collectOf(deps, project)
}

/** An agent that was killed leaves what its builds had written; a daemon that starts clears it away. */
async function collectStopped(deps: RoomDeps): Promise<void> {
  const running = new Set(deps.caches.running())
  const stopped = (await deps.caches.list()).filter((project) => !running.has(project))
  for (const project of stopped.toReversed().slice(0, maxStopped)) {
    if (await isEnough(deps)) return
    await giveBackBallast(deps)
    await collectOf(deps, project)
  }
}

async function collectOf(deps: RoomDeps, project: string): Promise<void> {
  const { caches, say } = deps
  // It would be waited for in vain.
  const step = (await caches.isBroken(project)) ? renew(deps, project) : caches.collect(project)
  await step.catch((error: unknown) =>
    say(`disk: cannot tidy the cache of ${project}: ${words(error)}`),
  )
}

/** What a build wrote that has just failed is let go of in a moment, and then nobody else has to lose anything. */
async function collectLater(deps: RoomDeps): Promise<void> {
  for (let round = 0; round < settleRounds && deps.caches.running().length > 0; round += 1) {
    await sleep(settleMs, undefined, { signal: deps.signal })
    await collect(deps)
    if (await isEnough(deps)) return
  }
}

async function pruneEach(deps: RoomDeps, building: boolean): Promise<void> {
  const builders = new Set(deps.solves.projects())
  const projects = await deps.caches.list()
  for (const project of projects.filter((name) => builders.has(name) === building)) {
    if (deps.signal.aborted || (await isEnough(deps))) return
    await giveBackBallast(deps)
    await pruneOrRenew(deps, project)
  }
}

/** A cache that cannot be pruned for lack of space, not even by a new daemon with the ballast given back, is lost. */
async function pruneOrRenew(deps: RoomDeps, project: string): Promise<void> {
  const { caches, ballast, say } = deps
  if (await caches.isBroken(project)) return renew(deps, project)
  try {
    return await prune(deps, project)
  } catch (error) {
    say(`disk: cannot prune the cache of ${project}: ${words(error)}`)
    if (!isOfDisk(error)) return
  }
  if (await ballast.giveBack()) say('disk: gave back the ballast')
  try {
    // What the daemon failed to remove counts as removed until it starts anew.
    await caches.restart(project)
    await prune(deps, project)
  } catch (error) {
    say(`disk: cannot prune the cache of ${project} with a new daemon: ${words(error)}`)
    if (saysNoSpace(error) || (await caches.isBroken(project))) await renew(deps, project)
  }
}

async function renew({ caches, say }: RoomDeps, project: string): Promise<void> {
  await caches.renew(project)
  say(`disk: began the cache of ${project} anew, since it could not be used any more`)
}

async function prune(deps: RoomDeps, project: string): Promise<void> {
  const { caches, readFree, marks, say } = deps
  const before = await readFree()
  for (const all of [false, true]) {
    const missing = await missingBytes(deps)
    if (missing === undefined) break
    const { rootBytes } = await readFree()
    await caches.prune(project, { all, minFreeSpace: rootBytes + missing })
  }
  // No record tells how many files it has.
  for (const part of [0.5, 0]) {
    if (shortOf(await readFree(), marks.goal) !== 'files') break
    const maxUsedSpace = Math.floor((await caches.size(project)) * part)
    await caches.prune(project, { all: true, maxUsedSpace })
  }
  const after = await readFree()
  if (after.bytes > before.bytes || after.files > before.files)
    say(`disk: pruned the cache of ${project}, ${describeFreeSpace(after)}`)
}

/**
 * Only when the disk was full: a build that keeps what it wrote would keep the node from all others. The project whose
 * steps have written most comes first; those that cannot have filled the disk go on as long as anything is free.
 */
async function stopBuilds(deps: RoomDeps): Promise<void> {
  const { readFree, marks, solves, caches, say } = deps
  for (;;) {
    const free = await readFree()
    const level = levelOf(free, marks)
    const projects = solves.projects()
    if (level === 'ok' || !deps.wasFull()) return
    const written = await Promise.all(
      projects.map(async (name) => ({ name, bytes: await caches.written(name).catch(() => 0) })),
    )
    const [most] = written.toSorted((a, b) => b.bytes - a.bytes)
    if (most === undefined || (level !== 'full' && most.bytes < marks.ballastBytes)) return
    say(`disk: stopping the builds of ${most.name}, which have written most`)
    await solves.stop(
      most.name,
      new DiskFull(`the disk of the node was full: ${describeFreeSpace(free)}`),
    )
    await collect(deps)
    if (solves.projects().includes(most.name)) return
  }
}

function isOfDisk(error: unknown): boolean {
  return error instanceof DaemonUnavailable || saysNoSpace(error)
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
