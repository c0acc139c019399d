import { randomUUID } from 'node:crypto'
import { setImmediate as tick } from 'node:timers/promises'
import { ApplicationFailure } from '@temporalio/common'
import type { FakeHarbor } from '../../fakes/harbor/harbor.ts'
import { type CancelAnswer, requestCancel } from '../../../records/end-build.ts'
import { requestDeletion, restore } from '../../../records/deletions.ts'
import type { Span } from './history.ts'
import { type Library, type Ready, split } from './library.ts'
import { harborProject } from './ready-harbor.ts'

/** A build from its acceptance to its publish. */
export interface Publish extends Span {
  readonly kind: 'publish'
  readonly name: string
  readonly buildId: string
  readonly accepted: Span
  readonly outcome: 'published' | 'cancelled' | 'failed'
  /** What a cancel at that time was answered. */
  readonly cancel: CancelAnswer | undefined
}

/** A rollback from its request to the end of its move. */
export interface Rollback extends Span {
  readonly kind: 'rollback'
  readonly name: string
  readonly moveId: number
  readonly requested: Span
}

/** A deletion that was taken, of one version or of the image with all of its versions. */
export interface Deletion extends Span {
  readonly kind: 'deletion'
  readonly name: string
  /** By which it is found again. */
  readonly reason: string
  /** Number of the version; absent for the whole image. */
  readonly version?: number
  readonly restored: boolean
}

export interface Look extends Span {
  readonly name: string
  readonly digest: string | undefined
  /** What was wrong with what the name pointed at then. */
  readonly wrong?: string
}

export interface Traffic {
  readonly publishes: Publish[]
  readonly rollbacks: Rollback[]
  readonly deletions: Deletion[]
  readonly looks: Look[]
  /** Asked for and refused at once, beside the others: another build of the name runs, another move is pending. */
  refused: number
}

export interface TrafficPlan {
  readonly names: readonly string[]
  /** Those that are not refused at once. */
  readonly operations: number
  /** Clients at once. */
  readonly clients: number
  readonly random: () => number
}

/** Lets clients build, cancel, roll back, delete and look at names at once while the registry fails now and then. */
export async function runTraffic(
  library: Library,
  harbor: FakeHarbor,
  { names, operations, clients, random }: TrafficPlan,
): Promise<Traffic> {
  const traffic: Traffic = {
    publishes: [],
    rollbacks: [],
    deletions: [],
    looks: [],
    refused: 0,
  }
  const deps = { library, harbor, random, traffic }
  const end = new AbortController()
  const loops = [library.moveNext, library.moveNext, library.deleteNext, library.deleteNext]
  const movers = loops.map(async (next) => repeat(next, end.signal))
  let left = operations
  const client = async () => {
    while (left > 0) {
      left -= 1
      const name = names[Math.floor(random() * names.length)] ?? ''
      // What is refused at once is asked again at once: without a bound it would pile up more than any request outlasts.
      if (random() < 0.2 && harbor.faults.length < clients) harbor.faults.push(trouble(random))
      if (await operate(deps, name)) continue
      left += 1
      traffic.refused += 1
    }
  }
  const watching = watch(deps, names, end.signal)
  try {
    await Promise.all(Array.from({ length: clients }, client))
    harbor.faults.splice(0)
    await settle(library)
  } finally {
    end.abort()
    await Promise.all([...movers, watching])
  }
  return traffic
}

interface Deps {
  readonly library: Library
  readonly harbor: FakeHarbor
  readonly random: () => number
  readonly traffic: Traffic
}

/** @returns false when it was refused at once. */
async function operate(deps: Deps, name: string): Promise<boolean> {
  const kind = deps.random()
  const id = kind < 0.5 ? await deps.library.imageId(name) : undefined
  if (id === undefined) return publish(deps, name)
  return kind < 0.3 ? rollBack(deps, name, id) : remove(deps, name, id)
}

async function publish(deps: Deps, name: string): Promise<boolean> {
  const { library, traffic, random } = deps
  const { span: accepted, value: submitted } = await timed(async () => library.accept(name))
  if (submitted.answer !== 'accepted') return false
  const buildId = submitted.id
  let made = await pushed(library, name, buildId, 0)
  // A node that is thought lost and is not: it goes on as if nothing had happened.
  const stale = random() < 0.2 ? made : undefined
  if (stale !== undefined) {
    await library.activities.endAttempt(stale, { code: 'agent_lost', message: 'lost' })
    made = await pushed(library, name, buildId, stale.attempt)
  }
  await pause(random)
  const cancels = random() < 0.15
  const { span, value } = await timed(async () =>
    Promise.all([
      tryToPublish(library, made),
      cancels ? requestCancel(library.db, buildId, 'api') : undefined,
      // Repeated as if its first answer had been lost.
      random() < 0.3 && tryToPublish(library, made),
      stale && tryToPublish(library, stale),
    ]),
  )
  const [outcome, cancel] = value
  traffic.publishes.push({ kind: 'publish', name, buildId, accepted, outcome, cancel, ...span })
  if (outcome === 'published') await library.tag(made)
  const failure = { code: 'cancelled', message: 'cancelled' } as const
  await library.finish(buildId, outcome === 'published' ? undefined : failure)
  return true
}

async function pushed(library: Library, name: string, buildId: string, attempt: number) {
  return library.push(name, { buildId, attempt: await library.place(buildId, attempt) })
}

async function tryToPublish(library: Library, made: Ready): Promise<Publish['outcome']> {
  try {
    await library.publish(made)
    return 'published'
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error
    return error.type === 'cancelled' ? 'cancelled' : 'failed'
  }
}

async function rollBack({ library, traffic, random }: Deps, name: string, id: number) {
  const version = await someVersion(library, id, random)
  const { span: requested, value } = await timed(async () => library.rollBack(id, version))
  if (typeof value === 'string') return false
  const { span } = await timed(async () => {
    while ((await library.move(value.moveId)).state === 'pending') await tick()
  })
  const { invokedAt } = requested
  const { answeredAt } = span
  traffic.rollbacks.push({
    kind: 'rollback',
    name,
    moveId: value.moveId,
    requested,
    invokedAt,
    answeredAt,
  })
  return true
}

async function someVersion({ db }: Library, imageId: number, random: () => number) {
  const { count } = await db
    .selectFrom('versions')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('image_id', '=', imageId)
    .executeTakeFirstOrThrow()
  return 1 + Math.floor(random() * count)
}

/** A version, now and then put back at once, or the image with all that it has. */
async function remove({ library, traffic, random }: Deps, name: string, imageId: number) {
  const version = random() < 0.25 ? undefined : await someVersion(library, imageId, random)
  const regrets = version !== undefined && random() < 0.25
  const reason = randomUUID()
  const { span, value } = await timed(async () =>
    requestDeletion(library.db, {
      imageId,
      ...(version !== undefined && { version }),
      actor: 'api',
      reason,
      graceMs: regrets ? 600_000 : 0,
    }),
  )
  if (typeof value === 'string' || 'uses' in value) return false
  await pause(random)
  const answer = regrets && (await restore(library.db, { imageId, version, actor: 'api' }))
  const restored = answer === 'restored'
  const known = { name, reason, restored, ...(version !== undefined && { version }) }
  traffic.deletions.push({ kind: 'deletion', ...known, ...span })
  return true
}

/** Looks at each name over and over: what it points at must be in the registry, whole, and verified. */
async function watch(deps: Deps, names: readonly string[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const name of names) {
      const { span, value: digest } = await timed(async () => readName(deps.library, name))
      const fault = digest === undefined ? undefined : await findFault(deps, name, digest)
      // It may have moved since, and what it pointed at be gone by right: no bytes are ever pushed twice.
      const isStill = fault !== undefined && (await readName(deps.library, name)) === digest
      const wrong = isStill ? fault : undefined
      deps.traffic.looks.push({ name, digest, ...span, ...(wrong && { wrong }) })
    }
  }
}

async function readName({ db }: Library, name: string): Promise<string | undefined> {
  const { repository, tag } = split(name)
  const image = await db
    .selectFrom('images')
    .select('digest')
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    .executeTakeFirst()
  return image?.digest ?? undefined
}

async function findFault({ library, harbor }: Deps, name: string, digest: string) {
  const { repository, tag } = split(name)
  const project = [...harbor.state.projects.values()].find((one) => one.name === harborProject)
  const held = project?.repositories.get(repository)
  const manifest = held?.artifacts.get(digest)
  if (manifest === undefined) return `the registry has no ${digest}`
  const { config, layers } = JSON.parse(manifest.bytes.toString()) as Record<
    'config',
    { digest: string }
  > & { layers: { digest: string }[] }
  const missing = [config, ...layers].find((blob) => project?.blobs.has(blob.digest) !== true)
  if (missing !== undefined) return `the registry has no ${missing.digest}`
  for (const one of new Set([digest, held?.tags.get(tag) ?? digest])) {
    if (!(await isVerified(library, one))) return `${one} was not verified`
  }
  return undefined
}

async function isVerified({ db }: Library, digest: string): Promise<boolean> {
  const found = await db
    .selectFrom('versions')
    .innerJoin('verifications', (join) =>
      join
        .onRef('verifications.build_id', '=', 'versions.build_id')
        .onRef('verifications.digest', '=', 'versions.digest'),
    )
    .select('versions.id')
    .where('versions.digest', '=', digest)
    .executeTakeFirst()
  return found !== undefined
}

async function repeat(next: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) if (!(await next())) await tick()
}

/** Until every move that was made has its tag, and every version that is to go has gone. */
async function settle({ db }: Library): Promise<void> {
  const deleting = () =>
    db
      .selectFrom('deletions')
      .select('id')
      .where('state', 'in', ['pending', 'removing'])
      .limit(1)
      .executeTakeFirst()
  const moving = () =>
    db
      .selectFrom('moves')
      .select('id')
      .where('state', '<>', 'refused')
      .where((where) => where.or([where('state', '=', 'pending'), where('tagged', '=', false)]))
      .limit(1)
      .executeTakeFirst()
  while ((await moving()) !== undefined || (await deleting()) !== undefined) await tick()
}

/** One of what a registry does now and then. */
function trouble(random: () => number) {
  const path = new RegExp(`^/v2/${harborProject}/.+/manifests/`)
  const kinds = [
    { reply: { status: 503, body: {} } },
    { reply: { status: 429, headers: { 'retry-after': '1' }, body: {} } },
    { reply: { status: 404, body: {} }, method: 'GET' },
    { loseAnswer: true },
    { cutAfter: 0 },
    { delayMs: 30 },
  ] as const
  return { path, times: 1, ...kinds[Math.floor(random() * kinds.length)] }
}

async function pause(random: () => number): Promise<void> {
  for (let left = Math.floor(random() * 20); left > 0; left -= 1) await tick()
}

async function timed<T>(work: () => Promise<T>): Promise<{ span: Span; value: T }> {
  const invokedAt = performance.now()
  const value = await work()
  return { span: { invokedAt, answeredAt: performance.now() }, value }
}
