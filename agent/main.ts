import { runAgent } from './agent.ts'
import { readConfig } from './config.ts'
import { createAgentDeps } from './deps.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

const { config, secrets } = readConfig()
await runAgent(createAgentDeps(config, secrets), config, stop.signal)
