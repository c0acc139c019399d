import { runAgent } from './agent.ts'
import { readConfig } from './config.ts'
import { createAgentDeps } from './deps.ts'
import { openCredential } from './joining/credential.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

const { config, secrets } = readConfig()
const credential = await openCredential(config.directory, () => new Date())
await runAgent(createAgentDeps(config, credential), { ...config, ...secrets }, stop.signal)
