import { trustAuthority } from '../registry/trust-authority.ts'
import { readConfig } from './config.ts'
import { createServerDeps } from './deps.ts'
import { runServer } from './server.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

const { config, secrets } = readConfig()
trustAuthority(config.registryAuthority)
await using deps = createServerDeps(config, secrets)
const gateway = { ...config.gateway, tls: secrets.gatewayTls }
const temporal = { ...config.temporal, ...secrets.temporal }
const { metricsToken } = secrets
await runServer(deps, { ...config, gateway, temporal, metricsToken }, stop.signal)
