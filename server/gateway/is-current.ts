import type { Db } from '../../records/connect.ts'
import { findCurrentStart } from '../../records/find-environments.ts'
import type { Rules } from './methods.ts'

export function createIsCurrent(db: Db): Rules['isCurrent'] {
  return async (task) => {
    if ('environment' in task) {
      return (await findCurrentStart(db, task.environment))?.start === task.start
    }
    const found = await db
      .selectFrom('builds')
      .select('id')
      .where('id', '=', task.build)
      .where('attempt', '=', task.attempt)
      .executeTakeFirst()
    return found !== undefined
  }
}
