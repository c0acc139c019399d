import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { Client as Postgres } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBaseImage } from '../../embedded/base-image/base-image.ts'
import { readSettings } from '../../embedded/config.ts'
import { prepareNamespace } from '../../embedded/components/temporal-namespace.ts'
import { startComponents } from '../../embedded/farm.ts'
import { Problem } from '../../embedded/problem.ts'
import { createReport } from '../../embedded/report.ts'
import { createUpstream } from '../../server/gateway/upstream.ts'
import { readTemporalAccessAlone } from '../../temporal/temporal-access.ts'
import { isRunning } from '../processes.ts'
import { testEnvironment } from '../farm.ts'
import { startTlsFront } from './tls-front.ts'

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
      await reachByTls(farm.temporal)
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

/** As server, gateway, worker and the program that prepares a Temporal do, where it lets nobody in without a certificate. */
async function reachByTls({ address: onward, namespace }: TemporalAddress): Promise<void> {
  await using front = await startTlsFront(onward)
  const { address, name, files } = front
  const known = { KILN_TEMPORAL_CA_FILE: files.ca, KILN_TEMPORAL_SERVER_NAME: name }
  const access = readTemporalAccessAlone({
    ...known,
    KILN_TEMPORAL_CERT_FILE: files.cert,
    KILN_TEMPORAL_KEY_FILE: files.key,
  })
  await prepareNamespace({ address, ...access }, 'by-tls', AbortSignal.timeout(60_000))
  const native = await NativeConnection.connect({ address, ...access })
  const described = await native.workflowService.describeNamespace({ namespace: 'by-tls' })
  expect(described.namespaceInfo?.name).toBe('by-tls')
  await native.close()
  using upstream = createUpstream({ address, namespace, ...access })
  const call = {
    path: '/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo',
    headers: {},
    message: new Uint8Array(),
  }
  const answer = await upstream.call({ ...call, signal: AbortSignal.timeout(10_000) })
  expect(answer.length).toBeGreaterThan(0)

  const without = { address, ...readTemporalAccessAlone(known) }
  await expect(Connection.connect({ ...without, connectTimeout: '2s' })).rejects.toThrow(/connect/i)
  using refused = createUpstream({ ...without, namespace })
  await expect(
    refused.call({ ...call, signal: AbortSignal.timeout(10_000) }),
  ).rejects.toMatchObject({
    trailers: { 'grpc-status': '14' },
  })
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
