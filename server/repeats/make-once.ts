import { findMade, KeyReused, MadeBefore, type RepeatKey } from '../../records/repeat-keys.ts'
import type { RequestScope } from '../access/request-scope.ts'
import { Refusal } from '../refusal.ts'
import type { Repeat } from './read-repeat.ts'

export interface Made {
  readonly id: string
  /** By an earlier copy of the request. */
  readonly before: boolean
}

/**
 * Makes something, unless a copy of the request has made it already. `make` is given the key that it must lock and store in
 * its transaction: of copies that come at once the others wait for that, and find it. What has been refused may be tried
 * again with the same key.
 * @throws Refusal when another request had the key.
 */
export async function makeOnce(
  { farm, caller }: Pick<RequestScope, 'farm' | 'caller'>,
  projectId: number,
  repeat: Repeat | undefined,
  make: (key: RepeatKey | undefined) => Promise<string>,
): Promise<Made> {
  if (repeat === undefined) return { id: await make(undefined), before: false }
  const key = { ...repeat, projectId, caller: nameCaller(caller) }
  try {
    const made = await findMade(farm, key)
    if (made !== undefined) return { id: made, before: true }
    return { id: await make(key), before: false }
  } catch (error) {
    if (error instanceof MadeBefore) return { id: error.made, before: true }
    if (error instanceof KeyReused) throw new Refusal('key_reused')
    throw error
  }
}

/** A user's token may have been replaced between two copies. */
export function nameCaller({ user, actor }: RequestScope['caller']): string {
  return user === undefined ? actor : `user:${user.name}`
}
