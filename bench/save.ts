import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../test/client.ts'
import { startFarm } from '../test/farm.ts'
import { describeMemory, peakMemory, readMemory } from './harness/memory.ts'
import { describeMachine, say } from './harness/print.ts'

const gigabytes = 5
const target = 150
const limitMs = 900_000

/** An environment writes data that does not compress, and is saved: what the agent holds of it in memory at once. */
await using farm = await startFarm({ environment: { KILN_DISK_RESERVE: '5%' } })
const client = createClient(farm.url)
say(describeMachine())
const base = await client.build({
  name: 'bench/save',
  dockerfile: `FROM ${farm.baseImage}\nCMD ["sleep", "6000"]\n`,
})
if (base.status !== 'succeeded') throw new Error(JSON.stringify(base.failure))

const files = Array.from({ length: gigabytes }, (_, index) => index + 1)
const write = `for n in ${files.join(' ')}; do head -c 1000000000 /dev/urandom > /data$n; done; exec sleep 6000`
const { id } = await ask<{ id: string }>('POST', '/api/environments', {
  image: 'bench/save',
  cpu: 1,
  memory_bytes: 256 * 1024 ** 2,
  command: ['sh', '-c', write],
})
const deadline = Date.now() + limitMs
while ((await readWritten()) < gigabytes * 1e9) {
  if (Date.now() > deadline) throw new Error('the environment has not written its data in time')
  await sleep(1000)
}
say(`agent at rest: ${describeMemory(await readMemory(farm.stateDir, 'agent'))}`)

const startedAt = performance.now()
const saved = await ask<{ build_id: string }>('POST', `/api/environments/${id}/save`, {
  name: 'bench/saved',
})
const ended = client.until(saved.build_id, ({ status }) => status !== 'building', limitMs)
const peaks = await peakMemory(farm.stateDir, ['agent', 'server'], ended)
const { status, failure, size } = await ended
const seconds = (performance.now() - startedAt) / 1000
say(
  `${gigabytes} GB saved in ${seconds.toFixed(1)} s: ${status} ${failure?.message ?? ''} ${size ?? ''}`,
)
for (const [name, peak] of peaks) {
  const wanted = name === 'agent' ? `, target ≤ ${target} MB` : ''
  say(`  ${name} at most ${describeMemory(peak)}${wanted}`)
}

async function readWritten(): Promise<number> {
  const reply = await client.request(`/api/environments/${id}`)
  const { usage } = (await reply.json()) as { usage: { disk_bytes: number } | null }
  return usage?.disk_bytes ?? 0
}

async function ask<T>(method: string, path: string, body: object): Promise<T> {
  const reply = await client.request(path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`)
  return (await reply.json()) as T
}
