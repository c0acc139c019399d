import { startEvents } from './events.ts'
import { quantile, say } from './print.ts'

const targets = { p50: 40, p99: 200 }

/**
 * A script that prints the time at which each of its lines is written, 20 times a second. A line costs two processes,
 * which count as well.
 */
export function stampLines(lines: number): string {
  return `i=0; while [ $i -lt ${lines} ]; do echo $i | ts 'stamp %.s'; i=$((i+1)); usleep 50000; done`
}

/** Follows a build that prints stamps and says how long they took to its events, in ms by the same clock. */
export async function tellLatency(name: string, farmUrl: string, buildId: string): Promise<void> {
  const latencies: number[] = []
  let lines = 0
  let ended = 'nothing'
  for await (const { event, data, at } of startEvents(`${farmUrl}/api/builds/${buildId}/logs`)) {
    if (event === 'end') ended = String(data['status'])
    if (event !== 'log' || data['stream'] !== 'stdout') continue
    lines += 1
    const stamp = /^stamp (\d+\.\d+) /.exec(String(data['text']))?.[1]
    if (stamp !== undefined) latencies.push(at - Number(stamp) * 1000)
  }
  say(`${name}: ${latencies.length} stamps in ${lines} lines; the build has ${ended}`)
  for (const [q, limit] of [
    [0.5, targets.p50],
    [0.99, targets.p99],
  ] as const) {
    const value = quantile(latencies, q)
    const verdict = value <= limit ? 'met' : `missed by ${(value - limit).toFixed(1)} ms`
    say(`  p${q * 100}  ${value.toFixed(1)} ms, target ≤ ${limit} ms: ${verdict}`)
  }
  say(`  worst  ${Math.max(...latencies).toFixed(1)} ms`)
}
