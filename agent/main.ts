import { Runtime } from '@temporalio/worker'
import { pino } from 'pino'
import { runAgent } from './agent.ts'
import { readConfig } from './config.ts'
import { createAgentDeps } from './deps.ts'
import { openAuthority } from './joining/authority.ts'
import { openCredential } from './joining/credential.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

// The farm knows by other ways how its nodes are, and lets none tell Temporal.
Runtime.install({ workerHeartbeatInterval: 0 })
const { config, secrets } = readConfig()
const log = pino({ name: 'agent', level: config.logLevel })
const say = (line: string) => log.warn(line)
const credential = await openCredential(config.directory, () => performance.now(), say)
const authority = await openAuthority(config.directory, config.serverAuthority)
const deps = createAgentDeps(config, { credential, authority }, log)
await runAgent(deps, { ...config, ...secrets }, stop.signal)
