import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import { Pool as Connections, type PoolConfig, TypeOverrides, types } from 'pg'
import { prepareStatements } from './prepare.ts'
import type { Database } from './schema.ts'

/** A pool, or the transaction that a statement must be part of. */
export type Db = Kysely<Database> | Transaction<Database>

export type Pool = Kysely<Database>

/**
 * A plan that is kept while a table grows must not be one that is good for a small table only, which is read as a whole.
 */
const keptPlans = '-c enable_seqscan=off'

/** A pool of at most `max` connections, for what is asked over and over. */
export function connect(databaseUrl: string, max = 10): Pool {
  const options = { options: keptPlans, pipeline: true }
  const pool = prepareStatements(createConnections(databaseUrl, max, options))
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
}

/** 8-byte integers come as numbers: ids and sizes stay below 2^53. */
export function createConnections(
  databaseUrl: string,
  max: number,
  options: Pick<PoolConfig, 'options' | 'pipeline'> = {},
): Connections {
  const overrides = new TypeOverrides()
  overrides.setTypeParser(types.builtins.INT8, Number)
  const pool = new Connections({
    connectionString: databaseUrl,
    ...options,
    max,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    types: overrides,
  })
  // An idle connection that the database closes is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => undefined)
  return pool
}
