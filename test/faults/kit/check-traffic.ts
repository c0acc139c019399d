import type { Pool } from '../../../records/connect.ts'
import { findContradiction, type Write } from './history.ts'
import { split } from './library.ts'
import type { Deletion, Publish, Rollback, Traffic } from './traffic.ts'

/**
 * Everything that the traffic contradicts, in words: a name that is not linearizable, its recorded moves that are not one
 * chain, a build that took a name which a rollback holds or left one that none does, and whatever was seen to be wrong.
 */
export async function checkTraffic(
  db: Pool,
  names: readonly string[],
  traffic: Traffic,
): Promise<readonly string[]> {
  const seen = traffic.looks.flatMap(({ name, wrong }) => (wrong ? [`${name}: ${wrong}`] : []))
  const found = await Promise.all(names.map(async (name) => checkName(db, name, traffic)))
  return [...seen, ...found.flat()]
}

async function checkName(db: Pool, name: string, traffic: Traffic): Promise<readonly string[]> {
  const entries = await readEntries(db, name)
  const publishes = traffic.publishes.filter((one) => one.name === name)
  const rollbacks = traffic.rollbacks.filter((one) => one.name === name)
  const deletions = traffic.deletions.filter((one) => one.name === name)
  const writes: Write[] = []
  const problems: string[] = []
  for (const entry of entries) {
    const made = [...publishes, ...rollbacks, ...deletions].find((one) => hasMade(one, entry))
    if (made === undefined) problems.push(`nobody asked for ${entry.what}`)
    else if (entry.moved) writes.push({ ...entry, ...made })
    if (made?.kind === 'publish') problems.push(...checkOrder(entry, made, entries, rollbacks))
  }
  const reads = traffic.looks.filter((one) => one.name === name)
  problems.push(findContradiction({ writes, reads }) ?? '', ...(await checkChain(db, name, writes)))
  problems.push(...checkOutcomes(entries, publishes))
  return problems.filter((problem) => problem !== '').map((problem) => `${name}: ${problem}`)
}

function hasMade(one: Publish | Rollback | Deletion, { by }: Entry): boolean {
  if (one.kind === 'publish') return one.buildId === by
  return one.kind === 'rollback' ? one.moveId === by : one.reason === by
}

interface Entry {
  readonly what: string
  /** `undefined` for a name that was deleted. */
  readonly digest: string | undefined
  readonly moved: boolean
  /** Id of the build or move, or the reason of the deletion. */
  readonly by: string | number
}

/** What has moved the name, or might have, in the order of its audit: that is written while the name is locked. */
async function readEntries(db: Pool, name: string): Promise<readonly Entry[]> {
  const rows = await db
    .selectFrom('audit')
    .select(['action', 'detail'])
    .where('object', '=', name)
    .where('action', 'in', ['image.publish', 'image.move', 'image.delete'])
    .orderBy('seq')
    .execute()
  return rows.map(({ action, detail }) => {
    const { digest, buildId, move, moved, reason } = detail as {
      digest?: string
      buildId?: string
      move?: number
      moved?: boolean
      reason?: string
    }
    if (action === 'image.publish')
      return { what: `publish of ${buildId}`, digest, moved: moved === true, by: buildId ?? '' }
    return action === 'image.move'
      ? { what: `move ${move}`, digest, moved: true, by: move ?? 0 }
      : { what: `deletion ${reason}`, digest: undefined, moved: true, by: reason ?? '' }
  })
}

/** A build leaves the name to a rollback that was asked for after the build was accepted and made before it published. */
function checkOrder(
  entry: Entry,
  { accepted }: Publish,
  entries: readonly Entry[],
  rollbacks: readonly Rollback[],
): readonly string[] {
  const before = entries.slice(0, entries.indexOf(entry))
  const made = rollbacks.filter(({ moveId }) => before.some(({ by }) => by === moveId))
  const surelyLater = made.some(({ requested }) => requested.invokedAt > accepted.answeredAt)
  const maybeLater = made.some(({ requested }) => requested.answeredAt > accepted.invokedAt)
  if (entry.moved && surelyLater) return [`${entry.what} took the name from a later rollback`]
  return entry.moved || maybeLater ? [] : [`${entry.what} left the name to no rollback`]
}

/** One audit row for each build that was published and none for another; none after a cancel was acknowledged. */
function checkOutcomes(entries: readonly Entry[], publishes: readonly Publish[]) {
  return publishes.flatMap(({ buildId, outcome, cancel }) => {
    const rows = entries.filter(({ by }) => by === buildId).length
    const wanted = outcome === 'published' && cancel !== 'requested' ? 1 : 0
    const isRight = rows === wanted && outcome !== 'failed'
    return isRight ? [] : [`${buildId}: ${outcome}, cancel ${cancel}, published ${rows} times`]
  })
}

/** The recorded moves lead from one to the next without a gap, and the tag in the database is where the last one led. */
async function checkChain(db: Pool, name: string, writes: readonly Write[]) {
  const { repository, tag } = split(name)
  const moves = await db
    .selectFrom('moves')
    .innerJoin('images', 'images.id', 'moves.image_id')
    .innerJoin('versions as to', 'to.id', 'moves.to_version_id')
    .leftJoin('versions as from', 'from.id', 'moves.from_version_id')
    .select(['to.digest as to', 'from.digest as from', 'images.digest as now'])
    .where('images.repository', '=', repository)
    .where('images.tag', '=', tag)
    .where('moves.state', '=', 'moved')
    .execute()
  const steps = moves.map(({ from, to }) => `${from ?? 'nothing'} to ${to}`).toSorted()
  const wanted = writes
    .flatMap(({ digest }, index) =>
      digest === undefined ? [] : [`${writes[index - 1]?.digest ?? 'nothing'} to ${digest}`],
    )
    .toSorted()
  const now = moves[0]?.now ?? undefined
  return [
    ...(steps.join() === wanted.join() ? [] : [`moves ${steps.join()}, audited ${wanted.join()}`]),
    ...(now === writes.at(-1)?.digest ? [] : [`points at ${now}`]),
  ]
}
