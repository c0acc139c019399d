import type { Db } from '../../records/connect.ts'
import type { Rules } from './methods.ts'

export function createIsCurrent(db: Db): Rules['isCurrent'] {
  return async ({ build, attempt }) => {
    const found = await db
      .selectFrom('builds')
      .select('id')
      .where('id', '=', build)
      .where('attempt', '=', attempt)
      .executeTakeFirst()
    return found !== undefined
  }
}
