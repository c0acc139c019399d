import { sql } from 'kysely'
import type { Pool } from '../records/connect.ts'
import { startDatabase } from '../test/database.ts'
import {
  addProject,
  beginPlaced,
  enqueue,
  finish,
  joinNodes,
  placeOnly,
  placeRound,
} from '../test/queue/kit.ts'
import type { Comparison } from './harness/compare.ts'
import { runBench } from './harness/report.ts'

const nodes = 1_000
const projects = 50
const queued = 100_000
const placedInRound = 10
const pairs = 30

/** A round of placement that finds ten places: with 100,000 builds in the queue, and with those ten alone. */
await using idle = await startDatabase()
await using loaded = await startDatabase()
for (const { db } of [idle, loaded]) await joinNodes(db, nodes, 1)
const few = await fill(idle.db, 0)
await fill(loaded.db, queued)

const comparison: Comparison = {
  name: `${placedInRound} places on ${nodes} nodes`,
  ours: { name: `${queued} queued`, run: async () => measureRound(loaded.db) },
  theirs: {
    name: `${placedInRound} queued`,
    run: async () => {
      for (const project of few.slice(0, placedInRound)) await enqueue(idle.db, project, 1)
      return measureRound(idle.db)
    },
  },
  pairs,
  target: { ratio: 2 },
}
await runBench([comparison])

/** Projects with as many builds each, and every node taken. @returns their ids. */
async function fill(db: Pool, builds: number): Promise<readonly number[]> {
  const ids: number[] = []
  for (let n = 0; n < projects; n += 1) ids.push(await addProject(db, `project-${n}`))
  for (const id of ids) await enqueue(db, id, (builds + nodes) / projects)
  for (let taken = 0; taken < nodes;) taken += (await placeRound(db)).length
  await sql`vacuum analyze`.execute(db)
  return ids
}

/** Frees ten places, then measures the round that gives them away, in ms. */
async function measureRound(db: Pool): Promise<number> {
  const open = await db
    .selectFrom('attempts')
    .select(['build_id as buildId', 'number as attempt', 'node_id as nodeId'])
    .where('finished_at', 'is', null)
    .orderBy('placed_at')
    .limit(placedInRound)
    .execute()
  for (const one of open) await finish(db, one)
  const start = performance.now()
  const placed = await placeOnly(db)
  const took = performance.now() - start
  await beginPlaced(db)
  if (placed.length !== placedInRound) throw new Error(`${placed.length} were placed`)
  return took
}
