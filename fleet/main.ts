import { pino } from 'pino'
import { createNewId } from '#contract/id.ts'
import { readConfig, usage } from './config.ts'
import { runFleet } from './fleet.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

const log = pino({ name: 'fleet', level: 'info' })

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2))
  let joined = 0
  const onJoined = () => {
    joined += 1
    if (joined % 100 === 0 || joined === config.nodes) log.info({ joined }, 'simulated nodes')
  }
  const newId = createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes))
  const deps = { newId, random: Math.random, log, onJoined, onTask: () => undefined }
  await runFleet(deps, config, stop.signal)
}

await main().catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${text}\n\n${usage}\n`)
  process.exitCode = 1
})
