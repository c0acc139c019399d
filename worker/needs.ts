import { sql } from 'kysely'
import type { Need } from '../observation/serve-observation.ts'
import type { WorkerDeps } from './deps.ts'

/** What the worker needs for its work: the registry may be away, and builds wait for it then. */
export function needsOf({
  db,
  connection,
}: Pick<WorkerDeps, 'db' | 'connection'>): readonly Need[] {
  return [
    {
      name: 'database',
      look: async () => void (await sql`select 1`.execute(db)),
    },
    {
      name: 'temporal',
      look: async () => void (await connection.workflowService.getSystemInfo({})),
    },
  ]
}
