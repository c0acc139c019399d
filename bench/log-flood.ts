import { createClient } from '../test/client.ts'
import { startFarm } from '../test/farm.ts'
import { stampLines, tellLatency } from './harness/line-latency.ts'
import { describeMemory, peakMemory, readMemory } from './harness/memory.ts'
import { describeMachine, say } from './harness/print.ts'

const floods = 4
const bytes = 1_000_000_000
const agentTarget = 120
const watched = ['agent', 'server']

/** How long the lines are, and one of them. */
const kinds = {
  '80-bytes': 'a line such as a compiler prints, of the usual length of about eighty bytes',
  'one-byte': 'y',
}

/** Four builds that print 1 GB each, all at once; a fifth prints stamps, and nobody reads the four. */
await using farm = await startFarm({ environment: { KILN_NODE_SLOTS: String(floods + 1) } })
const client = createClient(farm.url)
say(describeMachine())
for (const name of watched) await tellMemory(`${name} at rest`, name)
const wanted = process.argv.slice(2)
for (const [kind, line] of Object.entries(kinds)) {
  if (wanted.length === 0 || wanted.includes(kind)) await flood(kind, line)
}

async function flood(kind: string, line: string): Promise<void> {
  say(`\n${floods} floods of ${bytes / 1e9} GB, lines of ${kind}`)
  const startedAt = performance.now()
  const ids = await Promise.all(
    Array.from({ length: floods }, async (_, index) =>
      submit(`flood${index}`, `yes '${line}' | head -c ${bytes} # ${index}`),
    ),
  )
  const stamps = await submit('stamps', `${stampLines(200)} # ${kind}`)
  const ended = Promise.all(
    ids.map(async (id) => client.until(id, ({ status }) => status !== 'building', 600_000)),
  )
  const latency = tellLatency('another build', farm.url, stamps)
  const peaks = await peakMemory(farm.stateDir, watched, Promise.all([ended, latency]))
  const statuses = (await ended).map(({ status }) => status)
  say(`  ${((performance.now() - startedAt) / 1000).toFixed(1)} s, ${statuses.join(', ')}`)
  for (const [name, peak] of peaks) {
    const target = name === 'agent' ? `, target ≤ ${agentTarget} MB` : ''
    say(`  ${name} at most ${describeMemory(peak)}${target}`)
  }
}

async function submit(name: string, script: string): Promise<string> {
  return client.submit({
    name: `bench/${name}`,
    dockerfile: `FROM ${farm.baseImage}\nRUN ${script}\n`,
  })
}

async function tellMemory(what: string, name: string): Promise<void> {
  say(`${what}: ${describeMemory(await readMemory(farm.stateDir, name))}`)
}
