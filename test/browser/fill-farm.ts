import { randomUUID } from 'node:crypto'
import { createNewId } from '#contract/id.ts'
import { agentProtocol } from '#contract/wire/node.ts'
import type { Pool } from '../../records/connect.ts'
import { quarantineNode } from '../../records/node-credentials.ts'
import { registerNode } from '../../records/nodes.ts'
import { enqueue } from '../queue/kit.ts'

const hourMs = 60 * 60_000
const gib = 1024 ** 3
const day = 24 * hourMs
const newId = createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes))

export interface Filled {
  readonly environment: string
  readonly image: number
  /** One that has failed. */
  readonly build: string
}

/** What operators look at, as a farm would have left it. GPUs are marked as simulated. */
export async function fillFarm(db: Pool, now: number): Promise<Filled> {
  await addNode(db, 'gpu-a', 2)
  await addNode(db, 'gpu-b', 2)
  await addNode(db, 'cpu-c', 0)
  await addNode(db, 'cpu-d', 0)
  await quarantine(db, 'node-cpu-d')
  const { id: project } = await db
    .selectFrom('projects')
    .select('id')
    .where('name', '=', 'default')
    .executeTakeFirstOrThrow()
  await enqueue(db, project, 3)
  await enqueue(db, project, 2, { user: 'bob@example.com' })
  let build = ''
  for (let hour = 0; hour < 20; hour += 1) {
    for (let i = 0; i <= hour % 4; i += 1) {
      const ended = await addEnded(db, project, now - hour * hourMs - i, i)
      if (i === 2) build = ended
    }
  }
  return { ...(await addEnvironment(db, project)), build }
}

async function addNode(db: Pool, name: string, gpus: number): Promise<void> {
  const inventory = {
    host: { hostname: name, os: 'linux', kernel: '6.8', arch: 'x64' },
    cpu: { model: 'EPYC 9654', cores: 96 },
    memory_bytes: 512 * gib,
    disk: { total_bytes: 3000 * gib, free_bytes: 1200 * gib },
    buildkit: { version: '0.34.2', platforms: ['linux/amd64'], devices: [] },
    gpus: Array.from({ length: gpus }, (_, index) => ({
      index,
      uuid: `GPU-${name}-${index}`,
      name: 'NVIDIA H200',
      driver: '580.65.06',
      memory_bytes: 141 * gib,
      capability: '9.0',
      simulated: true,
      migs: [],
    })),
  }
  const node = { protocol: agentProtocol, node_id: `node-${name}`, name, incarnation: randomUUID() }
  await registerNode(db, { ...node, slots: 4, inventory }, day)
}

async function quarantine(db: Pool, id: string): Promise<void> {
  const expires = new Date(Date.now() + day)
  await db
    .insertInto('node_credentials')
    .values({ node_id: id, hash: Buffer.from(id), expires_at: expires })
    .execute()
  await quarantineNode(db, id, 'its credential was used in two places')
}

/** Builds that have ended, every third of them badly. @returns the id of the last. */
async function addEnded(db: Pool, project: number, at: number, index: number): Promise<string> {
  const id = createNewId(
    () => at,
    (bytes) => crypto.getRandomValues(bytes),
  )('build')
  const status = index === 2 ? 'failed' : 'succeeded'
  await db
    .insertInto('builds')
    .values({
      id,
      project_id: project,
      name: `team/train-${index}:1.0`,
      repository: `team/train-${index}`,
      tag: '1.0',
      description: '',
      dockerfile: 'FROM scratch',
      options: '{}',
      status,
      stage: status,
      created_at: new Date(at),
      finished_at: new Date(at + 90_000),
      ...(index === 2 && {
        failure: JSON.stringify({ code: 'step_failed', message: 'pip install ended with 1' }),
      }),
    })
    .execute()
  const waited = { build_id: id, attempt: 0, stage: 'waiting' as const, started_at: new Date(at) }
  await db
    .insertInto('stages')
    .values({ ...waited, finished_at: new Date(at + 2000 + index * 15_000) })
    .execute()
  return id
}

async function addEnvironment(db: Pool, project: number) {
  const named = { name: 'team/notebook:2.1', repository: 'team/notebook' }
  const digest = `sha256:${'5'.repeat(64)}`
  const { version, image } = await publish(db, {
    ...named,
    project_id: project,
    tag: '2.1',
    digest,
  })
  const id = newId('env')
  await db
    .insertInto('environments')
    .values({
      id,
      project_id: project,
      version_id: version,
      ...named,
      digest,
      gpu: true,
      cpu: 8,
      memory_bytes: 64 * gib,
      ports: '[8888, 6006]',
      state: 'stopped',
    })
    .execute()
  await db
    .insertInto('environment_events')
    .values([
      { environment_id: id, start: 1, state: 'running', reason: null, message: null },
      { environment_id: id, start: 1, state: 'stopped', reason: 'idle', message: null },
    ])
    .execute()
  return { environment: id, image }
}

interface Published {
  readonly name: string
  readonly repository: string
  readonly project_id: number
  readonly tag: string
  readonly digest: string
}

async function publish(db: Pool, published: Published) {
  const build = newId('build')
  const state = { status: 'succeeded', stage: 'succeeded', options: '{}' } as const
  await db
    .insertInto('builds')
    .values({ id: build, ...published, ...state, description: '', dockerfile: 'FROM scratch' })
    .execute()
  const image = await db
    .insertInto('images')
    .values({
      ...published,
      description: 'Jupyter with PyTorch',
      category: 'custom',
      registry: '127.0.0.1:5055',
      size: 8 * gib,
      visibility: 'project',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const { digest } = published
  const version = await db
    .insertInto('versions')
    .values({ image_id: image.id, number: 1, build_id: build, digest, size: 8 * gib })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { version: version.id, image: image.id }
}
