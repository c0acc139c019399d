import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { renewLeases } from '../../records/node-leases.ts'
import { revokeCredential } from '../../records/node-credentials.ts'
import { createRenewInGroups } from '../../server/fleet/renew-in-groups.ts'
import { startDatabase, type TestDatabase } from '../database.ts'
import { joinNodes } from '../queue/kit.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase()
  await joinNodes(database.db, 8, 1)
})
afterAll(async () => database[Symbol.asyncDispose]())

const leaseMs = 60_000
const nodeOf = (number: number) => `node-0000${number}`

async function incarnationOf(nodeId: string): Promise<string> {
  const row = database.db.selectFrom('nodes').select('incarnation').where('id', '=', nodeId)
  return (await row.executeTakeFirstOrThrow()).incarnation
}

async function giveCredential(nodeId: string): Promise<void> {
  await database.db
    .insertInto('node_credentials')
    .values({
      node_id: nodeId,
      hash: Buffer.from(nodeId),
      expires_at: sql<Date>`now() + interval '1 day'`,
    })
    .execute()
}

it('renews the leases of all that may have one by one statement, and tells each of the others', async () => {
  const { db } = database
  await db
    .updateTable('nodes')
    .set({ leased_until: sql<Date>`now()` })
    .execute()
  const [plain, named, copied, removed, revoked, trusted] = [1, 2, 3, 4, 5, 6].map(nodeOf) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  await db
    .updateTable('nodes')
    .set({ removed_at: sql<Date>`now()` })
    .where('id', '=', removed)
    .execute()
  for (const one of [revoked, trusted]) await giveCredential(one)
  await revokeCredential(db, revoked, { actor: 'test', because: 'test' })
  const beats = [
    { nodeId: plain },
    { nodeId: named, incarnation: await incarnationOf(named) },
    { nodeId: copied, incarnation: randomUUID() },
    { nodeId: removed },
    { nodeId: revoked },
    { nodeId: trusted, incarnation: await incarnationOf(trusted) },
    { nodeId: 'node-unknown' },
    // Of a node that is there twice the one that is known is heard.
    { nodeId: named, incarnation: randomUUID() },
  ]
  expect(await renewLeases(db, beats, leaseMs)).toEqual([
    true,
    true,
    false,
    false,
    false,
    true,
    false,
    false,
  ])
  const alive = await db
    .selectFrom('nodes')
    .select('id')
    .where('leased_until', '>', sql<Date>`now()`)
    .orderBy('id')
    .execute()
  expect(alive.map(({ id }) => id)).toEqual([plain, named, trusted])
  const heard = await db
    .selectFrom('nodes')
    .select('id')
    .where('heard_at', 'is not', null)
    .orderBy('id')
    .execute()
  expect(heard).toEqual(alive)
})

it('renews no lease by another credential than the one that the node has', async () => {
  const { db } = database
  const trusted = nodeOf(6)
  const beat = async (hash: Buffer) => renewLeases(db, [{ nodeId: trusted, hash }], leaseMs)
  expect(await beat(Buffer.from(trusted))).toEqual([false])
  await db
    .updateTable('node_credentials')
    .set({ used_at: sql<Date>`now()` })
    .execute()
  expect(await beat(Buffer.from(trusted))).toEqual([true])
  expect(await beat(Buffer.from('another'))).toEqual([false])
  // One that a node shows that has none proves nothing.
  expect(await renewLeases(db, [{ nodeId: nodeOf(1), hash: Buffer.from('one') }], leaseMs)).toEqual(
    [false],
  )
})

/** Statements that have changed nodes since. */
async function countStatements(): Promise<() => Promise<number>> {
  const { db } = database
  await sql`create table statements (at timestamptz default clock_timestamp())`.execute(db)
  await sql`create function count_statement() returns trigger language plpgsql as $$ begin
    insert into statements default values; return null; end $$`.execute(db)
  await sql`create trigger count_statement after update on nodes for each statement
    execute function count_statement()`.execute(db)
  return async () => {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from statements`.execute(db)
    return rows[0]?.n ?? 0
  }
}

it('writes the heartbeats that come together by one statement, and answers when that is done', async () => {
  const { db } = database
  const count = await countStatements()
  const renew = createRenewInGroups(db, 2 * leaseMs)
  const last = nodeOf(8)
  const isWritten = async () => {
    const until = sql<boolean>`leased_until > now() + interval '90 seconds'`.as('written')
    const row = db.selectFrom('nodes').select(until).where('id', '=', last)
    return (await row.executeTakeFirstOrThrow()).written
  }
  const beats = [1, 2, 3, 6, 7, 8].map(nodeOf)
  const answers = beats.map(async (nodeId) => {
    const answer = await renew({ nodeId })
    return nodeId === last ? answer && (await isWritten()) : answer
  })
  expect(await Promise.all(answers)).toEqual(beats.map(() => true))
  // The first alone, and those that came meanwhile.
  expect(await count()).toBe(2)
  expect(await renew({ nodeId: nodeOf(4) })).toBe(false)
})

it('answers no heartbeat later for a node that somebody holds, and waits for who shuts it out', async () => {
  const { db } = database
  const [held, free, later] = [nodeOf(7), nodeOf(8), nodeOf(6)]
  await giveCredential(held)
  const holding = Promise.withResolvers<void>()
  const isHeld = Promise.withResolvers<void>()
  const revoking = db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('node_credentials')
      .set({ revoked_at: sql<Date>`now()` })
      .where('node_id', '=', held)
      .execute()
    isHeld.resolve()
    await holding.promise
  })
  await isHeld.promise
  const renew = createRenewInGroups(db, leaseMs)
  const [first, waiting, second] = [nodeOf(1), held, free].map(async (nodeId) => renew({ nodeId }))
  expect([await first, await second, await renew({ nodeId: later })]).toEqual([true, true, true])
  holding.resolve()
  await revoking
  expect(await waiting).toBe(false)
})
