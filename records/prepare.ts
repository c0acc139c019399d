import type { PostgresPool, PostgresPoolClient } from 'kysely'
import type { Pool as Connections, PoolClient, QueryResult } from 'pg'

/** Of a process: what is asked more often than that many different things is not prepared. */
const maxPrepared = 300
/** Texts that were asked once; those that are asked never again go first. */
const maxSeen = 1_000
/** Longer ones carry rows, and their number. */
const maxLength = 6_000
/** An index for some rows alone is found only by what is known when the plan is made, which a parameter is not. */
const conflictOfSome = /\bon conflict \([^)]*\) where(?:(?!\bdo\b)[^$])*\$/i
/** Postgres says so of a statement that gave other columns before the schema was changed. */
const changedPlan = '0A000'

/**
 * The connections of a pool on which statements that are asked again are prepared, so that Postgres keeps their plans: to make
 * one often takes longer than to follow it.
 */
export function prepareStatements(pool: Connections): PostgresPool {
  const nameOf = createNames()
  const prepared = new WeakMap<PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    connect: async () => {
      const client = await pool.connect()
      const known = prepared.get(client) ?? prepareOn(client, nameOf)
      prepared.set(client, known)
      return known
    },
    end: async () => pool.end(),
  }
}

interface Names {
  (text: string): string | undefined
  /** It is not to be prepared any more. */
  forget(text: string): void
}

/** The name of a statement that is asked for the second time or more often, on whatever connection. */
function createNames(): Names {
  const seen = new Set<string>()
  const names = new Map<string, string | undefined>()
  const nameOf = (text: string) => {
    if (names.has(text)) return names.get(text)
    if (text.length > maxLength || names.size >= maxPrepared) return undefined
    if (conflictOfSome.test(text)) return undefined
    if (!seen.delete(text)) {
      if (seen.size >= maxSeen) seen.delete(seen.values().next().value ?? '')
      seen.add(text)
      return undefined
    }
    const name = `kiln_${names.size}`
    names.set(text, name)
    return name
  }
  return Object.assign(nameOf, { forget: (text: string) => void names.set(text, undefined) })
}

/** Looks to Kysely like the connection. */
function prepareOn(client: PoolClient, nameOf: Names): PostgresPoolClient {
  let isInTransaction = false
  let begun: Promise<unknown> = Promise.resolve()
  const query = async (text: string, given: readonly unknown[]): Promise<QueryResult> => {
    // Without parameters Postgres is asked in another way, in which there may be several statements in one text.
    if (given.length === 0) {
      if (/^(begin|start)\b/i.test(text)) {
        isInTransaction = true
        begun = client.query(text)
        // Nothing is kept of a transaction that did not begin: it is not committed.
        begun.catch(() => undefined)
        return { command: 'BEGIN', rowCount: null, oid: 0, fields: [], rows: [] }
      }
      if (/^(commit|rollback)$/i.test(text)) isInTransaction = false
      if (/^commit$/i.test(text)) await begun
      return client.query(text)
    }
    const values = [...given]
    const name = nameOf(text)
    if (name === undefined) return client.query(text, values)
    try {
      return await client.query({ name, text, values })
    } catch (error) {
      if (!isChangedPlan(error)) throw error
      nameOf.forget(text)
      if (isInTransaction) throw error
      return client.query(text, values)
    }
  }
  const release = (destroy?: boolean) => client.release(destroy)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Kysely knows of fewer commands, and of cursors that nobody uses
  return { query, release } as unknown as PostgresPoolClient
}

function isChangedPlan(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === changedPlan
}
