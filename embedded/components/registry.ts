import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hash } from 'bcryptjs'
import { Daemon } from '../../process/daemon.ts'
import type { ComponentContext } from './context.ts'
import { daemonFiles } from './daemon-files.ts'

export interface RegistryAddress {
  readonly url: string
  readonly host: string
  readonly username: string
  readonly password: string
}

export type Registry = RegistryAddress & AsyncDisposable

const username = 'kiln'
// The password is 32 random bytes, so a slow hash protects nothing, and it is checked on every request.
const bcryptRounds = 4

/** Starts an OCI registry that keeps its blobs in the state directory. */
export async function startRegistry(context: ComponentContext): Promise<Registry> {
  const { state, settings, report, signal } = context
  const folder = join(state.dir, 'registry')
  const host = `127.0.0.1:${context.port('registry')}`
  const password = state.secrets.registry
  await mkdir(join(folder, 'data'), { recursive: true, mode: 0o700 })
  await writeFile(join(folder, 'htpasswd'), `${username}:${await hash(password, bcryptRounds)}\n`, {
    mode: 0o600,
  })
  const configFile = join(folder, 'config.yml')
  await writeFile(configFile, JSON.stringify(registryConfig(folder, host), null, 2), {
    mode: 0o600,
  })
  const daemon = await Daemon.start(
    {
      name: 'registry',
      command: context.binary('registry', 'registry'),
      args: ['serve', configFile],
      // The registry reads REGISTRY_* over its file; none of the operator's may slip in.
      environment: withoutPrefix(settings.environment, 'REGISTRY_'),
      ...daemonFiles(state, 'registry'),
      stopping: { signal: 'SIGTERM', graceMs: 10_000 },
      isReady: () => accepts(`http://${host}/v2/`, password),
      readyLimitMs: 30_000,
    },
    report.say,
    signal,
  )
  return {
    url: `http://${host}`,
    host,
    username,
    password,
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  }
}

/** JSON is YAML, so no YAML writer is needed. */
function registryConfig(folder: string, host: string): object {
  return {
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: join(folder, 'data') },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: true, age: '24h', interval: '6h', dryrun: false } },
    },
    http: { addr: host, relativeurls: true, draintimeout: '5s' },
    auth: { htpasswd: { realm: 'kiln', path: join(folder, 'htpasswd') } },
  }
}

async function accepts(url: string, password: string): Promise<boolean> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const response = await fetch(url, {
    headers: { authorization },
    signal: AbortSignal.timeout(1000),
  })
  await response.body?.cancel()
  return response.status === 200
}

function withoutPrefix(
  environment: Readonly<Record<string, string | undefined>>,
  prefix: string,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith(prefix)),
  )
}
