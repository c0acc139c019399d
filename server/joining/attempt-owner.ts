import type { AttemptRef } from '#contract/build.ts'
import type { Db } from '../../records/connect.ts'

/** @returns the node that an attempt was placed on, or `undefined` when there is no such attempt. */
export type AttemptOwner = (attempt: AttemptRef) => Promise<string | undefined>

const maxKnown = 10_000

/** Remembers what it has found: an attempt never changes its node. */
export function createAttemptOwner(db: Db): AttemptOwner {
  const known = new Map<string, string>()
  return async ({ buildId, attempt }) => {
    const key = `${buildId}/${attempt}`
    const owner = known.get(key) ?? (await findOwner(db, { buildId, attempt }))
    if (owner === undefined) return undefined
    if (known.size >= maxKnown) known.clear()
    known.set(key, owner)
    return owner
  }
}

async function findOwner(db: Db, { buildId, attempt }: AttemptRef): Promise<string | undefined> {
  const found = await db
    .selectFrom('attempts')
    .select('node_id')
    .where('build_id', '=', buildId)
    .where('number', '=', attempt)
    .executeTakeFirst()
  return found?.node_id
}
