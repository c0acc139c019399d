import { type BuildRow, findBuild } from '../../records/builds.ts'
import type { Db } from '../../records/connect.ts'
import { Refusal } from '../refusal.ts'

/** @throws Refusal when there is no such build. */
export async function getBuild({ db }: { readonly db: Db }, id: string): Promise<BuildRow> {
  const build = await findBuild(db, id)
  if (build === undefined) throw new Refusal('not_found', `there is no build ${id.slice(0, 40)}`)
  return build
}
