import { sql } from 'kysely'
import type { Need } from '../observation/serve-observation.ts'
import type { ServerDeps } from './deps.ts'

/** What the server needs for its work. Without Temporal it still accepts builds, which are started later. */
export function needsOf({ db, log }: Pick<ServerDeps, 'db' | 'log'>): readonly Need[] {
  return [
    {
      name: 'database',
      look: async () => {
        await sql`select 1`.execute(db).catch((error: unknown) => {
          log.warn({ err: error }, 'database does not answer')
          throw error
        })
        return undefined
      },
    },
  ]
}
