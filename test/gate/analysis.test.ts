import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { analysisVersion } from '../../cuda/image/analyse-image.ts'
import { plainImage } from '../../cuda/verdict/fixtures/example-fleet.ts'
import { claimImage } from '../../records/image-facts.ts'
import { analyseNext } from '../../worker/analysis/analyse-next.ts'
import type { FactsOutcome } from '../../worker/analysis/read-facts-apart.ts'
import { startDatabase, type TestDatabase } from '../database.ts'
import { digestOf, publish } from './library.ts'

const contents = { facts: plainImage, packages: { packages: [], unread: [], truncated: false } }

let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(async () => database[Symbol.asyncDispose]())

const never = new AbortController().signal
const analyse = async (outcome: FactsOutcome, stop = never) =>
  analyseNext(
    {
      db: database.db,
      log: pino({ level: 'silent' }),
      random: () => 0.5,
      readFacts: async () => outcome,
    },
    stop,
  )
const wanted = async (n: number) => {
  const { db } = database
  await sql`delete from image_facts`.execute(db)
  await publish(db, { name: `image-${n}`, digest: digestOf(n) })
  await db
    .insertInto('image_facts')
    .values({ digest: digestOf(n) })
    .execute()
}
const row = async () =>
  database.db
    .selectFrom('image_facts')
    .select(['analysis', 'facts', 'problem', 'tries'])
    .select(
      sql<number>`case when next_try_at < 'infinity' then round(extract(epoch from next_try_at - now()) / 60)::int end`.as(
        'minutes',
      ),
    )
    .executeTakeFirstOrThrow()
const letTimePass = async () => sql`update image_facts set next_try_at = now()`.execute(database.db)

it('an image that a registry does not give is never forgotten, and tried rarely in the end', async () => {
  await wanted(1)
  const away = { problem: 'the registry failed to read blob', isFinal: false }
  const minutes: number[] = []
  for (let tries = 1; tries <= 6; tries += 1) {
    expect(await analyse(away)).toBe(true)
    expect(await analyse(away)).toBe(false)
    expect(await row()).toMatchObject({ analysis: null, problem: away.problem, tries })
    minutes.push((await row()).minutes)
    await letTimePass()
  }
  expect(minutes.slice(1)).toEqual([1, 2, 4, 1440, 1440])
  expect(await analyse(contents)).toBe(true)
  expect(await row()).toMatchObject({ analysis: analysisVersion, problem: null, tries: 0 })
})

it('an image that is itself at fault waits for another analysis', async () => {
  await wanted(2)
  expect(await analyse({ problem: 'the layer is not a whole tar archive', isFinal: true })).toBe(
    true,
  )
  expect(await row()).toMatchObject({ analysis: analysisVersion, facts: null, tries: 0 })
  expect(await analyse(contents)).toBe(false)
  const rules = { analysis: analysisVersion + 1, leaseMs: 1, rareMs: 1, maxTries: 5 }
  expect(await claimImage(database.db, rules)).toMatchObject({ digest: digestOf(2), tries: 1 })
})

it('a worker that stops spends no try, and one that is ended by an image comes back rarely', async () => {
  await wanted(3)
  const stopped = { problem: 'the worker stopped', isFinal: false }
  expect(await analyse(stopped, AbortSignal.abort())).toBe(false)
  expect(await row()).toMatchObject({ tries: 0, minutes: 0 })
  const rules = { analysis: analysisVersion, leaseMs: 60_000, rareMs: 3_600_000, maxTries: 2 }
  const minutes: number[] = []
  for (let claims = 0; claims < 4; claims += 1) {
    expect(await claimImage(database.db, rules)).toMatchObject({ digest: digestOf(3) })
    minutes.push((await row()).minutes)
    await letTimePass()
  }
  expect(minutes).toEqual([1, 1, 60, 60])
})
