import { sql } from 'kysely'
import { connect, type Pool } from '../records/connect.ts'
import { createClient } from '../test/client.ts'
import { type Farm, startFarm } from '../test/farm.ts'
import { addProject, enqueue } from '../test/queue/kit.ts'
import { createPoster } from './harness/post-json.ts'
import { describeMachine, quantile, say } from './harness/print.ts'
import { type Fleet, fleetEnvironment, startFleet } from './harness/start-fleet.ts'

/**
 * From the request to the moment at which a node has the first stage, one build after the other: with one node and nothing
 * else in the queue, and with a thousand nodes and 100,000 builds that wait because their projects have what they may.
 */
const builds = 100
const warmUp = 10
const nodes = 1_000
const queued = 100_000
const projects = 50
/** Builds of each of those projects that run, as many as it may. */
const runningOfEach = 19
const targets = { p50: 25, p99: 80, loaded: 2 }

say(describeMachine())
const idle = await measure('one node, nothing queued', async (farm) =>
  startFleet(farm, { nodes: 1, prefix: 'idle', slots: 4 }),
)
for (const [q, limit] of [
  [0.5, targets.p50],
  [0.99, targets.p99],
] as const) {
  const ms = quantile(idle, q)
  say(`  p${q * 100}  ${ms.toFixed(1)} ms, target ≤ ${limit} ms: ${ms <= limit ? 'met' : 'missed'}`)
}
const loaded = await measure(`${nodes} nodes, ${queued} queued`, async (farm) => {
  const fleet = await startFleet(farm, { nodes, prefix: 'loaded', slots: 1 })
  await fill(farm, [...fleet.nodes])
  return fleet
})
for (const q of [0.5, 0.99]) {
  const ratio = quantile(loaded, q) / quantile(idle, q)
  const target = q === 0.99 ? `, target ≤ ${targets.loaded}×` : ''
  say(`  p${q * 100}  ${quantile(loaded, q).toFixed(1)} ms, ${ratio.toFixed(2)}× idle${target}`)
}

async function measure(name: string, prepare: (farm: Farm) => Promise<Fleet>) {
  await using farm = await startFarm({ agent: false, environment: fleetEnvironment })
  await using fleet = await prepare(farm)
  const post = createPoster(new URL(farm.url), 1)
  const client = createClient(farm.url)
  const times: number[] = []
  for (let round = -warmUp; round < builds; round += 1) {
    const body = {
      name: `bench/dispatch-${round}:1`,
      dockerfile: `FROM ${farm.baseImage}\nLABEL of=${round}\n`,
    }
    const begun = performance.now()
    const { body: answer } = await post('/api/images/build', body)
    const { build_id: id } = answer as { build_id: string }
    const given = await fleet.given(id)
    if (round >= 0) times.push(given - begun)
    await client.until(id, ({ status }) => status !== 'building')
  }
  say(`\n${name}: ${times.length} builds\n${describeMachine()}`)
  return times
}

/** Projects that run as many builds as they may, and have the rest of the queue behind those. */
async function fill(farm: Farm, ids: readonly string[]): Promise<void> {
  const db = connect(farm.databaseUrl, 2)
  try {
    // The farm's own placement would take some of them first.
    await pause(db, 'the queue is being filled')
    for (let n = 0; n < projects; n += 1) {
      const project = await addProject(db, `full-${n}`)
      const row = { project_id: project, max_running: runningOfEach }
      await db.insertInto('project_queues').values(row).execute()
      await enqueue(db, project, queued / projects + runningOfEach)
      const busy = ids.slice(n * runningOfEach, (n + 1) * runningOfEach)
      await sql`
        with chosen as (
          select id, row_number() over (order by id) as place from builds
          where project_id = ${project} order by id limit ${runningOfEach}
        ), begun as (
          update builds set waiting_since = null, attempt = 1, stage = 'building', node_id = node.id
          from chosen join unnest(${busy}::text[]) with ordinality as node (id, place) using (place)
          where builds.id = chosen.id returning builds.id, node_id
        )
        insert into attempts (build_id, number, charged_to, node_id, incarnation, reason, started_at)
        select begun.id, 1, ${project}, node_id, nodes.incarnation, '', now()
        from begun join nodes on nodes.id = node_id`.execute(db)
    }
    // They have no workflows, and are not to be ended for that.
    await sql`update builds set created_at = now() + interval '1 day'`.execute(db)
    await pause(db, null)
    await sql`vacuum analyze`.execute(db)
  } finally {
    await db.destroy()
  }
}

/** @param because `null` to go on. */
async function pause(db: Pool, because: string | null): Promise<void> {
  const row = { paused_because: because, paused_at: because === null ? null : sql<Date>`now()` }
  await db.updateTable('farm_queue').set(row).execute()
}
