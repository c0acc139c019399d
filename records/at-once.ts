import { DummyDriver, PostgresDialect, Transaction } from 'kysely'
import type { Db } from './connect.ts'
import type { Database } from './schema.ts'

/** What a transaction is made of besides its connection; nothing is asked of it. */
const dialect = new PostgresDialect({ pool: async () => Promise.reject(new Error('not used')) })
const parts = { config: { dialect }, dialect, driver: new DummyDriver() }

/**
 * Lets statements that do not depend on each other be asked without waiting for the answers to those before, so that all of
 * them take one trip. They are carried out one after the other, in the order in which they are asked, each seeing what was
 * committed until then. When one fails in a transaction, so do those after it.
 * @param ask is given what to ask by, in the place of `db`.
 */
export async function atOnce<T>(db: Db, ask: (db: Db) => Promise<T>): Promise<T> {
  const executor = db.getExecutor()
  return executor.provideConnection(async (connection) => {
    const provider = {
      provideConnection: async <R>(use: (own: typeof connection) => Promise<R>) => use(connection),
    }
    return ask(
      new Transaction<Database>({ ...parts, executor: executor.withConnectionProvider(provider) }),
    )
  })
}
