import { createClient } from '../test/client.ts'
import { startFarm } from '../test/farm.ts'
import { stampLines, tellLatency } from './harness/line-latency.ts'
import { describeMachine, say } from './harness/print.ts'

const stamps = stampLines(600)
/** About 5,000 further lines a second. */
const flood = '(while true; do seq 1 250; usleep 50000; done) & flood=$!'

/** From the write of a line in a RUN to its event at a reader: of a line alone, then of one in a flood. */
await using farm = await startFarm()
say(describeMachine())
await measure('a line alone', stamps)
await measure('in a flood of 5,000 lines/s', `${flood}; ${stamps}; kill $flood`)

async function measure(name: string, script: string): Promise<void> {
  const dockerfile = `FROM ${farm.baseImage}\nRUN ${script}\n`
  const id = await createClient(farm.url).submit({ name: 'bench/latency', dockerfile })
  await tellLatency(name, farm.url, id)
}
