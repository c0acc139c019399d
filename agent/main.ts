import { pino } from 'pino'
import { runAgent } from './agent.ts'
import { readConfig } from './config.ts'
import { createAgentDeps } from './deps.ts'
import { openCredential } from './joining/credential.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

const { config, secrets } = readConfig()
const log = pino({ name: 'agent', level: config.logLevel })
const say = (line: string) => log.warn(line)
const credential = await openCredential(config.directory, () => new Date(), say)
await runAgent(createAgentDeps(config, credential, log), { ...config, ...secrets }, stop.signal)
