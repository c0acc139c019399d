import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresDriver,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely'
import { createConnections } from './connect.ts'
import type { Pool } from './connect.ts'
import type { Database } from './schema.ts'

/** Connections on which the database itself holds back the rows of other projects. */
export interface Fence extends AsyncDisposable {
  /** A database in which there are these projects, and what of others is public or shared with them. */
  for(projects: readonly number[]): Pool
}

/**
 * Its connections are its own, so that nothing else ever works in the role of requests, and are told whose projects they
 * are for when they are lent to somebody else than before.
 */
export function createFence(databaseUrl: string, max = 10): Fence {
  const driver: Driver = new PostgresDriver({ pool: createConnections(databaseUrl, max) })
  const told = new WeakMap<DatabaseConnection, string>()
  let started: Promise<void> | undefined
  const acquire = async (projects: string): Promise<DatabaseConnection> => {
    const connection = await driver.acquireConnection()
    if (told.get(connection) === projects) return connection
    try {
      told.delete(connection)
      await connection.executeQuery(settings(projects))
    } catch (error) {
      await driver.releaseConnection(connection)
      throw error
    }
    told.set(connection, projects)
    return connection
  }
  return {
    for: (projects) => {
      const setting = projects.join(',')
      const fenced: Driver = {
        init: async () => (started ??= driver.init()),
        acquireConnection: async () => acquire(setting),
        beginTransaction: async (...call) => driver.beginTransaction(...call),
        commitTransaction: async (...call) => driver.commitTransaction(...call),
        rollbackTransaction: async (...call) => driver.rollbackTransaction(...call),
        releaseConnection: async (...call) => driver.releaseConnection(...call),
        destroy: async () => undefined,
      }
      return new Kysely<Database>({
        dialect: {
          createAdapter: () => new PostgresAdapter(),
          createDriver: () => fenced,
          createIntrospector: (db) => new PostgresIntrospector(db),
          createQueryCompiler: () => new PostgresQueryCompiler(),
        },
      })
    },
    [Symbol.asyncDispose]: async () => (started === undefined ? undefined : driver.destroy()),
  }
}

/** Set for the session: a transaction that is rolled back would take back what was set in it, and this is set before. */
function settings(projects: string): CompiledQuery {
  const query = `select set_config('role', 'kiln_request', false), set_config('kiln.projects', $1, false)`
  return CompiledQuery.raw(query, [projects])
}
