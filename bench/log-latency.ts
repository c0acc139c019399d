import { createClient } from '../test/client.ts'
import { type Farm, startFarm } from '../test/farm.ts'
import { startEvents } from './harness/events.ts'
import { describeMachine, quantile, say } from './harness/print.ts'

const targets = { p50: 40, p99: 200 }
const lines = 600

/** Prints the time at which it is written, 20 times a second; a line costs two processes, which count as well. */
const stamps = `i=0; while [ $i -lt ${lines} ]; do echo $i | ts 'stamp %.s'; i=$((i+1)); usleep 50000; done`
/** About 5,000 further lines a second. */
const flood = `(while true; do seq 1 250; usleep 50000; done) & flood=$!`

/** From the write of a line in a RUN to its event at a reader, by one clock: quiet, then while the step floods. */
await using farm = await startFarm()
say(describeMachine())
await measure(farm, 'a line alone', stamps)
await measure(farm, 'in a flood of 5,000 lines/s', `${flood}; ${stamps}; kill $flood`)

async function measure(on: Farm, name: string, script: string): Promise<void> {
  const dockerfile = `FROM ${on.baseImage}\nRUN ${script}\n`
  const id = await createClient(on.url).submit({ name: 'bench-latency', dockerfile })
  const latencies: number[] = []
  let all = 0
  for await (const { event, data, at } of startEvents(`${on.url}/api/builds/${id}/logs`)) {
    if (event === 'end') say(`  the build has ${String(data['status'])}`)
    if (event !== 'log' || data['stream'] !== 'stdout') continue
    all += 1
    const stamp = /^stamp (\d+\.\d+) /.exec(String(data['text']))?.[1]
    if (stamp !== undefined) latencies.push(at - Number(stamp) * 1000)
  }
  const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)]
  say(`${name}: ${latencies.length} of ${all} lines measured`)
  say(`  p50 ${judge(p50, targets.p50)}`)
  say(`  p99 ${judge(p99, targets.p99)}`)
  say(`  worst ${Math.max(...latencies).toFixed(1)} ms`)
}

function judge(value: number, limit: number): string {
  const verdict = value <= limit ? 'met' : `missed by ${(value - limit).toFixed(1)} ms`
  return `${value.toFixed(1)} ms, target ≤ ${limit} ms: ${verdict}`
}
