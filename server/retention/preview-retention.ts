import { sql } from 'kysely'
import { findSeenBuilds } from '../../records/builds.ts'
import type { Scope } from '../../records/scope.ts'
import { findUses } from '../../records/uses.ts'
import { buildsOf, showUses, tellUses } from '../views/describe-uses.ts'
import { chooseVersions, type RetentionRule } from './choose-versions.ts'

/** Versions of an image that are looked at, the oldest: newer ones go the next time. */
const maxVersions = 1_000

/** What a rule would do to the oldest versions of an image, before anything is done. Sizes in bytes. */
export async function previewRetention(
  scope: Scope,
  image: { readonly id: number; readonly name: string },
  rule: RetentionRule,
  now: number,
) {
  const { farm } = scope
  const oldest = await farm
    .selectFrom('versions')
    .select(['id', 'number', 'size', 'digest', 'created_at'])
    .select(sql<number>`(count(*) over ())::integer`.as('total'))
    .where('image_id', '=', image.id)
    .where('deleted_at', 'is', null)
    .orderBy('number')
    .limit(maxVersions)
    .execute()
  const rows = oldest.toReversed()
  const newer = (rows[0]?.total ?? 0) - rows.length
  const uses = Map.groupBy(
    await findUses(
      farm,
      rows.map(({ id }) => id),
    ),
    ({ version }) => version,
  )
  const seen = await findSeenBuilds(scope, buildsOf([...uses.values()].flat()))
  const candidates = rows.map(({ number, created_at: createdAt }) => {
    const found = uses.get(number)
    return { number, createdAt, ...(found && { use: tellUses(found, seen) }) }
  })
  const choices = new Map(
    chooseVersions(candidates, rule, now, newer).map((one) => [one.number, one]),
  )
  const versions = rows.map(({ number, size, digest }) => ({
    number,
    digest,
    size,
    goes: choices.get(number)?.goes ?? false,
    because: choices.get(number)?.because ?? 'newest',
    why: choices.get(number)?.why ?? '',
    uses: showUses(uses.get(number) ?? [], seen),
  }))
  return {
    image_id: image.id,
    name: image.name,
    goes: versions.filter(({ goes }) => goes).map(({ number }) => number),
    versions,
    /** How many newer ones were not looked at. */
    newer,
  }
}
