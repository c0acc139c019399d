import { randomBytes } from 'node:crypto'
import { chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { Daemon } from '../../process/daemon.ts'
import { run } from '../../process/run.ts'
import { listenOnLoopback } from '../listen-on-loopback.ts'

const root = '/usr/lib/postgresql'
const programs = ['initdb', 'postgres', 'psql', 'pg_dump', 'pg_restore']

/** @returns the folder with the newest server and clients that Debian has put here. */
export async function findDebianPostgres(): Promise<string | undefined> {
  const versions = (await namesIn(root)).map(Number).toSorted((a, b) => b - a)
  for (const version of versions) {
    const folder = join(root, String(version), 'bin')
    const there = await namesIn(folder)
    if (programs.every((name) => there.includes(name))) return folder
  }
  return undefined
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}

export interface DebianPostgres extends AsyncDisposable {
  readonly databaseUrl: string
  /** The same database, as the administrator has it. */
  readonly superuserUrl: string
  /** What the commands of an operator find it by: where it is, and a file with the passwords. */
  readonly environment: Readonly<Record<string, string>>
}

/** An empty Postgres as a package of Debian brings it, with nothing of Kiln's in it. */
export async function startDebianPostgres(binaries: string): Promise<DebianPostgres> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'kiln-debian-postgres-'))
  stack.defer(async () => rm(folder, { recursive: true, force: true }))
  // It refuses to run as root.
  const who = { uid: await idOf('-u'), gid: await idOf('-g'), cwd: folder }
  const data = join(folder, 'data')
  const port = await findPort()
  const [superuser, password] = [newPassword(), newPassword()]
  const superuserUrl = `postgres://postgres:${superuser}@127.0.0.1:${port}`
  const passwordFile = join(folder, 'superuser')
  await writeFile(passwordFile, superuser)
  for (const path of [folder, passwordFile]) await chown(path, who.uid, who.gid)
  const access = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  const initialise = ['-D', data, ...access, '--encoding=UTF8']
  await run(join(binaries, 'initdb'), initialise, { limitMs: 120_000, ...who })
  const here = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=']
  const daemon = await Daemon.start(
    {
      name: 'debian-postgres',
      command: join(binaries, 'postgres'),
      args: ['-D', data, ...here.flatMap((setting) => ['-c', setting])],
      environment: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      ...who,
      logFile: join(folder, 'log'),
      pidFile: join(folder, 'pid'),
      stopping: { signal: 'SIGINT', graceMs: 15_000 },
      isReady: async () => answers(`${superuserUrl}/postgres`),
      readyLimitMs: 60_000,
    },
    (text) => process.stdout.write(`${text}\n`),
  )
  stack.use(daemon)
  const line = (user: string, word: string) => `127.0.0.1:${port}:*:${user}:${word}\n`
  const passwords = join(folder, 'pgpass')
  await writeFile(passwords, line('postgres', superuser) + line('kiln', password), { mode: 0o600 })
  const databaseUrl = `postgres://kiln:${password}@127.0.0.1:${port}/kiln`
  const place = { PGHOST: '127.0.0.1', PGPORT: String(port), PGPASSFILE: passwords }
  const owned = stack.move()
  return {
    databaseUrl,
    superuserUrl: `${superuserUrl}/kiln`,
    environment: { ...place, KILN_PASSWORD: password, KILN_DATABASE_URL: databaseUrl },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

const newPassword = () => randomBytes(16).toString('hex')

async function idOf(flag: string): Promise<number> {
  return Number((await run('id', [flag, 'postgres'], { limitMs: 10_000 })).stdout)
}

async function findPort(): Promise<number> {
  const server = await listenOnLoopback()
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function answers(url: string): Promise<boolean> {
  const client = new Client(url)
  client.on('error', () => undefined)
  return client.connect().then(
    async () => client.end().then(() => true),
    () => false,
  )
}
