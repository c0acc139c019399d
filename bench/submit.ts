import { PgBoss } from 'pg-boss'
import type { Comparison } from './harness/compare.ts'
import { inParallel } from './harness/in-parallel.ts'
import { createPoster } from './harness/post-json.ts'
import { median } from './harness/interval.ts'
import { say } from './harness/print.ts'
import { runBench } from './harness/report.ts'
import { startServerProcess } from './harness/start-server.ts'

/**
 * Builds that are accepted over HTTP, each durable with its audit row before it is answered, against jobs that pg-boss puts
 * into the same Postgres from this process: one by one, twenty at once, and many in one request.
 */
const connections = 20
const single = 400
const batches = 10
const perBatch = 500
const target = 20_000

await using server = await startServerProcess()
const post = createPoster(server.url, connections)
const boss = new PgBoss({
  connectionString: server.databaseUrl,
  max: connections,
  supervise: false,
  schedule: false,
})
await boss.start()
await boss.createQueue('bench')

const dockerfile = 'FROM scratch\nCOPY a /a\nENV B=c\nCMD ["/a"]\n'
let made = 0
const build = () => {
  made += 1
  return { name: `bench/${made}:1`, dockerfile }
}

async function submitOne(): Promise<void> {
  const { status, body } = await post('/api/images/build', build())
  if (status !== 202) throw new Error(JSON.stringify(body))
}

async function submitMany(): Promise<void> {
  const builds = Array.from({ length: perBatch }, build)
  const { body } = await post('/api/images/build/batch', { builds })
  const { accepted } = body as { accepted?: number }
  if (accepted !== perBatch) throw new Error(JSON.stringify(body).slice(0, 500))
}

const perSecond: number[] = []
const comparisons: readonly Comparison[] = [
  {
    name: `${single} submits, ${connections} at once`,
    ours: { name: 'kiln', run: async () => inParallel(single, connections, submitOne) },
    theirs: {
      name: 'pg-boss send',
      run: async () =>
        inParallel(single, connections, async () => void (await boss.send('bench', build()))),
    },
    pairs: 9,
    target: { ratio: 1 },
  },
  {
    name: `${batches} batches of ${perBatch}, 2 at once`,
    ours: {
      name: 'kiln',
      run: async () => {
        const ms = await inParallel(batches, 2, submitMany)
        perSecond.push((batches * perBatch * 1000) / ms)
        return ms
      },
    },
    theirs: {
      name: 'pg-boss insert',
      run: async () =>
        inParallel(batches, 2, async () => {
          const jobs = Array.from({ length: perBatch }, () => ({ data: build() }))
          await boss.insert('bench', jobs)
        }),
    },
    pairs: 7,
    target: { ratio: 1 },
  },
]
// Each process loads what it loads late.
for (const { ours, theirs } of comparisons) {
  await ours.run(-1)
  await theirs.run(-1)
}
perSecond.length = 0
try {
  await runBench(comparisons)
  const rate = median(perSecond)
  say(
    `  rate    ${rate.toFixed(0)} builds/s, target ≥ ${target}: ${rate < target ? 'missed' : 'met'}`,
  )
} finally {
  await boss.stop({ graceful: false })
}
