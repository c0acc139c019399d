import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, type ClientConfig } from 'pg'
import { allPortNames, binaryFinder, portFinder } from '../embedded/components/context.ts'
import { startPostgres } from '../embedded/components/postgres.ts'
import { startTemporal } from '../embedded/components/temporal.ts'
import type { Settings } from '../embedded/config.ts'
import { choosePorts } from '../embedded/ports.ts'
import { createReport } from '../embedded/report.ts'
import { createFolder } from '../embedded/resolve/cache.ts'
import { locateAll, resolveAll } from '../embedded/resolve/resolve.ts'
import { openState, type Secrets } from '../embedded/state.ts'
import { migrateUp } from '../migrations/migrate.ts'
import { takeFileLock } from '../process/file-lock.ts'
import { run } from '../process/run.ts'

const name = 'postgres-'
const sources = [
  'migrations',
  'embedded',
  'embedded/components',
  'contract/workflow.ts',
  'package-lock.json',
]
const dayMs = 24 * 60 * 60 * 1000

/**
 * Puts a Postgres into an empty `stateDir` that has the schemas of Kiln and of Temporal already, which would take each farm
 * some seconds. It is made once, by the code that would make it there, and kept for as long as that code is the same.
 */
export async function copyPreparedState(stateDir: string, settings: Settings): Promise<void> {
  const folder = join(settings.resolve.cacheDir, 'test', `${name}${await hashSources(settings)}`)
  if (!(await isThere(folder))) await prepareOnce(folder, settings)
  await run('cp', ['--archive', '--reflink=auto', `${folder}/.`, stateDir], { limitMs: 60_000 })
}

async function prepareOnce(folder: string, settings: Settings): Promise<void> {
  const { signal } = new AbortController()
  await using stack = new AsyncDisposableStack()
  const waiting = { limitMs: 1_800_000, signal, onWait: () => undefined }
  stack.use(await takeFileLock(`${folder}.lock`, waiting))
  if (await isThere(folder)) return
  const stateDir = await mkdtemp(join(tmpdir(), 'kiln-test-'))
  stack.defer(async () => rm(stateDir, { recursive: true, force: true }))
  const kept = await fillState({ ...settings, stateDir })
  await dropOld(join(folder, '..'))
  await createFolder(folder, async (temporary) => {
    await writeFile(join(temporary, 'secrets.json'), JSON.stringify(kept), { mode: 0o600 })
    await mkdir(join(temporary, 'postgres'), { mode: 0o755 })
    const from = join(stateDir, 'postgres', 'data')
    await run('cp', ['--archive', from, join(temporary, 'postgres')], { limitMs: 60_000 })
  })
}

/** @returns the secrets that are in the database; each farm makes its own of the others. */
async function fillState(settings: Settings): Promise<Partial<Secrets>> {
  const report = createReport(process.stdout)
  const { signal } = new AbortController()
  await using stack = new AsyncDisposableStack()
  const state = stack.use(await openState(settings.stateDir, report, signal))
  const located = await locateAll(['temporal'], settings.resolve)
  const resolved = await resolveAll(['temporal'], located, settings.resolve, report, signal)
  const ports = await choosePorts(
    allPortNames,
    settings.ports,
    join(state.dir, 'ports.json'),
    stack,
  )
  const [port, binary] = [portFinder(ports), binaryFinder(resolved)]
  const context = { settings, state, port, binary, report, signal }
  const databases = stack.use(await startPostgres(context))
  await migrateUp(databases.databaseUrl)
  const temporal = await startTemporal(context, databases.port)
  await temporal[Symbol.asyncDispose]()
  const { postgres, kilnDatabase, temporalDatabase } = state.secrets
  await forgetMembers({ port: databases.port, user: 'postgres', password: postgres })
  return { postgres, kilnDatabase, temporalDatabase }
}

/** Temporal would wait for the processes that it knows from here, at ports that nobody listens on. */
async function forgetMembers(login: ClientConfig): Promise<void> {
  const client = new Client({ ...login, host: '127.0.0.1', database: 'temporal' })
  await client.connect()
  try {
    await client.query('delete from cluster_membership')
  } finally {
    await client.end()
  }
}

async function hashSources({ repository, environment }: Settings): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(environment['KILN_TEMPORAL_BIN'] ?? ''))
  for (const source of sources) {
    for (const file of await filesOf(join(repository, source))) hash.update(await readFile(file))
  }
  return hash.digest('hex').slice(0, 12)
}

async function filesOf(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const entries = await readdir(path, { withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
  return files.map((entry) => join(path, entry.name)).toSorted()
}

async function dropOld(folder: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    const path = join(folder, entry)
    // Another run may have put it in its place, or dropped it, since.
    const found = await stat(path).catch(() => undefined)
    if (!entry.startsWith(name) || found === undefined || Date.now() - found.mtimeMs < dayMs)
      continue
    await rm(path, { recursive: true, force: true })
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
