import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, it } from 'vitest'
import { binaryFinder, portFinder } from '../../embedded/components/context.ts'
import { startPostgres } from '../../embedded/components/postgres.ts'
import { readSettings } from '../../embedded/config.ts'
import { choosePorts } from '../../embedded/ports.ts'
import { createReport } from '../../embedded/report.ts'
import { openState } from '../../embedded/state.ts'
import { migrateUp } from '../../migrations/migrate.ts'
import { ProcessError, run } from '../../process/run.ts'
import { testEnvironment } from '../farm.ts'
import { findTool } from '../find-tool.ts'
import { filledIn, renderCompose } from './render-compose.ts'

const timeout = 800_000
const limitMs = 120_000
const host = '127.0.0.1'

const passwords = {
  kiln: filledIn.POSTGRES_PASSWORD,
  temporal: filledIn.TEMPORAL_POSTGRES_PASSWORD,
}

it(
  'gives Kiln and Temporal what they need of Postgres, and nothing of each other',
  { timeout },
  async ({ skip }) => {
    if (!(await hasPsql())) skip('psql 15 or newer is not here')
    const reader = await findTool('compose', 'compose-spec')
    if (reader === undefined) skip('the reader of Compose files could not be built')
    const temporalTool = await findTool('temporal', 'temporal-sql-tool')
    if (temporalTool === undefined) skip('Temporal could not be built')
    await using postgres = await startEmptyPostgres()
    const { port } = postgres
    const { configs, services } = await renderCompose(reader ?? '', filledIn)

    // As the image does when its folder is empty.
    await run('sh', ['-ec', configs['roles']?.content ?? 'false'], {
      limitMs,
      environment: {
        ...told(services['postgres']?.environment),
        PATH: process.env['PATH'],
        PGHOST: host,
        PGPORT: String(port),
        PGPASSWORD: postgres.password,
      },
    })
    await migrateUp(`postgres://kiln:${passwords.kiln}@${host}:${port}/kiln`)
    const schema = services['temporal-schema']
    await run('sh', ['-ec', schema?.command?.join('\n').replaceAll('$$', '$') ?? 'false'], {
      limitMs,
      environment: {
        ...told(schema?.environment),
        PATH: `${join(temporalTool ?? '', '..')}:${process.env['PATH']}`,
        SQL_HOST: host,
        SQL_PORT: String(port),
      },
    })

    const rows = async (user: keyof typeof passwords, database: string, query: string) => {
      const client = new Client({ host, port, user, password: passwords[user], database })
      await client.connect()
      try {
        return (await client.query<Record<string, unknown>>(query)).rows
      } finally {
        await client.end()
      }
    }
    for (const [user, database, table] of [
      ['kiln', 'kiln', 'builds'],
      ['temporal', 'temporal', 'executions'],
      ['temporal', 'temporal_visibility', 'executions_visibility'],
    ] as const)
      expect(await rows(user, database, `select count(*) from ${table}`)).toEqual([{ count: '0' }])
    for (const [user, database] of [
      ['temporal', 'kiln'],
      ['kiln', 'temporal'],
      ['kiln', 'temporal_visibility'],
    ] as const)
      await expect(rows(user, database, 'select 1')).rejects.toThrow(
        /permission denied for database/,
      )
    const powers =
      'select rolsuper or rolcreaterole or rolcreatedb or rolbypassrls as some from pg_roles where rolname = current_user'
    for (const user of ['kiln', 'temporal'] as const)
      expect(await rows(user, user, powers)).toEqual([{ some: false }])
  },
)

async function hasPsql(): Promise<boolean> {
  try {
    const { stdout } = await run('psql', ['--version'], { limitMs: 10_000 })
    return Number(/ (\d+)/.exec(stdout)?.[1]) >= 15
  } catch (error) {
    if (error instanceof ProcessError) return false
    throw error
  }
}

/** A real Postgres with nobody in it but its superuser. */
async function startEmptyPostgres() {
  await using stack = new AsyncDisposableStack()
  const stateDir = await mkdtemp(join(tmpdir(), 'kiln-test-'))
  stack.defer(async () => rm(stateDir, { recursive: true, force: true }))
  const settings = readSettings(testEnvironment(stateDir))
  const report = createReport(process.stdout)
  const { signal } = new AbortController()
  const state = stack.use(await openState(stateDir, report, signal))
  const file = join(state.dir, 'ports.json')
  const ports = await choosePorts(['postgres'], settings.ports, file, stack)
  const port = portFinder(ports)
  const binary = binaryFinder(new Map())
  stack.use(await startPostgres({ settings, state, port, binary, report, signal }))
  const password = state.secrets.postgres
  const superuser = new Client({ host, port: port('postgres'), user: 'postgres', password })
  await superuser.connect()
  for (const database of ['kiln', 'temporal', 'temporal_visibility'])
    await superuser.query(`drop database ${database}`)
  for (const role of ['kiln_request', 'kiln', 'temporal'])
    await superuser.query(`drop role ${role}`)
  await superuser.end()
  const owned = stack.move()
  return {
    port: port('postgres'),
    password,
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

function told(environment: Readonly<Record<string, string | null>> = {}) {
  return Object.fromEntries(
    Object.entries(environment).map(([key, value]) => [key, value ?? undefined]),
  )
}
