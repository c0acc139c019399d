import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { Client as Postgres } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBaseImage } from '../../embedded/base-image/base-image.ts'
import { readSettings } from '../../embedded/config.ts'
import { startComponents } from '../../embedded/farm.ts'
import { Problem } from '../../embedded/problem.ts'
import { createReport } from '../../embedded/report.ts'
import { isRunning } from '../processes.ts'
import { testEnvironment } from '../farm.ts'

let stateDir: string
beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'kiln-embedded-'))
})
afterAll(async () => rm(stateDir, { recursive: true, force: true }))

const report = createReport(process.stdout)
const start = async (extra: Record<string, string> = {}) =>
  startComponents({ settings: readSettings({ ...testEnvironment(stateDir), ...extra }), report })

describe('the embedded components', () => {
  it('answer, leave nothing behind when stopped, and have their data when started again', async () => {
    const settings = readSettings(testEnvironment(stateDir))
    let digest: string
    {
      await using farm = await start()
      await query(farm.databaseUrl, 'create table kept (n int); insert into kept values (42)')
      digest = (await ensureBaseImage(farm.registry, report, settings.environment)).digest
      await startWorkflow(farm.temporal, 'kept')
      expect((await fetch(farm.temporalUiUrl ?? '')).status).toBe(200)
      expect((await fetch(`${farm.registry.url}/v2/`)).status).toBe(401)
    }
    expect(await isRunning(stateDir)).toBe(false)
    expect(await readFile('/proc/mounts', 'utf8')).not.toContain(stateDir)
    {
      await using farm = await start()
      expect(await query(farm.databaseUrl, 'select n from kept')).toEqual([{ n: 42 }])
      expect(await describeWorkflow(farm.temporal, 'kept')).toBe('RUNNING')
      expect((await ensureBaseImage(farm.registry, report, settings.environment)).digest).toBe(
        digest,
      )
    }
  })

  it('refuse a second launcher on the same directory and say what to do', async () => {
    await using _ = await start()
    await expect(start()).rejects.toThrow(/already runs.*KILN_STATE_DIR/)
  })

  it('name the port that is taken, by whom, and the variable that changes it', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    const address = holder.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const refused = await start({ KILN_REGISTRY_PORT: port }).catch((error: unknown) => error)
    holder.close()
    expect(refused).toBeInstanceOf(Problem)
    expect(String(refused)).toContain(port)
    expect(String(refused)).toContain('KILN_REGISTRY_PORT')
    expect(String(refused)).toContain(`pid ${process.pid}`)
  })
})

it.each([
  [{ KILN_POSTGRES_PORT: 'many' }, 'KILN_POSTGRES_PORT'],
  [{ KILN_RUNC_RELEASE_URL: 'https://mirror.example/runc' }, 'KILN_RUNC_RELEASE_SHA256'],
])('names the variable that cannot be used: %j', (environment, name) => {
  expect(() => readSettings(environment)).toThrow(name)
})

async function query(databaseUrl: string, sql: string): Promise<unknown> {
  const client = new Postgres({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query(sql)
  await client.end()
  return rows
}

interface TemporalAddress {
  readonly address: string
  readonly namespace: string
}

async function startWorkflow(temporal: TemporalAddress, workflowId: string): Promise<void> {
  const connection = await Connection.connect({ address: temporal.address })
  const { workflow } = new Client({ connection, namespace: temporal.namespace })
  await workflow.start('anything', { workflowId, taskQueue: 'nobody' })
  await connection.close()
}

async function describeWorkflow(temporal: TemporalAddress, workflowId: string): Promise<string> {
  const connection = await Connection.connect({ address: temporal.address })
  const { workflow } = new Client({ connection, namespace: temporal.namespace })
  const { status } = await workflow.getHandle(workflowId).describe()
  await connection.close()
  return status.name
}
