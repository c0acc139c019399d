import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../records/connect.ts'
import { startFarm } from '../test/farm.ts'
import { readMemory } from './harness/memory.ts'
import { describeMachine, say } from './harness/print.ts'
import { fleetEnvironment } from './harness/start-fleet.ts'

/** What a server takes for each agent that waits for work: memory, and processor time while all of them beat. */
const nodes = 1_000
const first = 100
const settleMs = 20_000
/** As long as a poll waits: agents that joined at once poll anew at once. */
const watchMs = 60_000
const targets = { kilobytes: 25, percent: 10 }
const ticksPerSecond = 100

await using farm = await startFarm({
  agent: false,
  environment: fleetEnvironment,
})
await using db = connect(farm.databaseUrl, 1)
say(describeMachine())
await using fleets = new AsyncDisposableStack()
fleets.use(await joinNodes(first, 'few'))
const before = await look()
say(`${first} nodes: ${before.megabytes.toFixed(1)} MB, ${before.percent.toFixed(1)} % of a core`)
fleets.use(await joinNodes(nodes - first, 'many'))
const after = await look()
say(`${nodes} nodes: ${after.megabytes.toFixed(1)} MB, ${after.percent.toFixed(1)} % of a core`)
const each = ((after.megabytes - before.megabytes) * 1000) / (nodes - first)
tell('memory for each', each, targets.kilobytes, 'kB')
tell(`processor at ${nodes}`, after.percent, targets.percent, '% of a core')
say(describeMachine())

function tell(what: string, value: number, target: number, unit: string): void {
  const verdict = value <= target ? 'met' : 'missed'
  say(`  ${what}  ${value.toFixed(1)} ${unit}, target ≤ ${target}: ${verdict}`)
}

/** In a process of their own. @returns once all have joined. */
async function joinNodes(count: number, name: string): Promise<AsyncDisposable> {
  const args = ['--nodes', String(count), '--server', farm.url, '--name', name]
  const gateway = ['--gateway', `http://${farm.gateway}`]
  const child = spawn(process.execPath, ['fleet/main.ts', ...args, ...gateway], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, KILN_TEMPORAL_NAMESPACE: farm.temporal.namespace },
  })
  const ended = once(child, 'close')
  await using stack = new AsyncDisposableStack()
  stack.defer(async () => {
    child.kill()
    await ended
  })
  while ((await countNodes(name)) < count) {
    if (child.exitCode !== null) throw new Error('the fleet has ended')
    await sleep(500)
  }
  return stack.move()
}

/** In the database: what the server holds of a page that somebody reads is no agent's. */
async function countNodes(name: string): Promise<number> {
  const { count } = await db
    .selectFrom('nodes')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('name', 'like', `${name}-%`)
    .executeTakeFirstOrThrow()
  return count
}

/** The server's memory once it has settled, and its part of a core meanwhile. */
async function look() {
  await sleep(settleMs)
  const from = await readTicks()
  await sleep(watchMs)
  const ticks = (await readTicks()) - from
  const { resident } = await readMemory(farm.stateDir, 'server')
  return { megabytes: resident, percent: (ticks / ticksPerSecond / (watchMs / 1000)) * 100 }
}

/** Of user and kernel, since the server was started. */
async function readTicks(): Promise<number> {
  const file = await readFile(join(farm.stateDir, 'run', 'server.pid.json'), 'utf8')
  const { pid } = JSON.parse(file) as { pid: number }
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  return Number(fields[11]) + Number(fields[12])
}
