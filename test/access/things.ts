import { randomBytes } from 'node:crypto'
import { createNewId } from '#contract/id.ts'
import type { Pool } from '../../records/connect.ts'
import { joinWith } from '../gate/library.ts'

/** What one project has of each kind, made by hand; all its texts hold the name of the project. */
export interface Things {
  readonly project: string
  readonly image: number
  readonly build: string
  /** Stopped, and from a version of an image of its own. */
  readonly environment: string
  readonly move: number
  readonly secret: string
  readonly context: string
  readonly node: string
  /** With a delivery that nobody sends. */
  readonly webhook: string
  readonly delivery: number
  /** Of another project than this one nothing of it may be told. */
  readonly canaries: readonly string[]
}

const shared = 'node-of-all'
let made = 0
const newId = createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes))

export async function makeThings(db: Pool, project: string): Promise<Things> {
  made += 1
  const name = `${project}/canary-${made}`
  const { id: projectId } = await db
    .selectFrom('projects')
    .select('id')
    .where('name', '=', project)
    .executeTakeFirstOrThrow()
  const [build, later, third, last] = [
    newId('build'),
    newId('build'),
    newId('build'),
    newId('build'),
  ]
  const digest = `sha256:${randomBytes(32).toString('hex')}`
  const canary = `canary-of-${project}-${made}`
  const row = { name, repository: name, tag: 'latest', description: canary, project_id: projectId }
  const state = { status: 'succeeded', stage: 'succeeded', attempt: 1, digest, size: 1 } as const
  await db
    .insertInto('builds')
    .values([
      { id: build, ...row, ...state, dockerfile: `# ${canary}`, options: '{}' },
      { id: later, ...row, ...state, dockerfile: `# ${canary}`, options: '{}' },
      { id: third, ...row, ...state, dockerfile: `# ${canary}`, options: '{}' },
      { id: last, ...row, ...state, dockerfile: `# ${canary}`, options: '{}' },
    ])
    .execute()
  const place = { build_id: build, number: 1, node_id: shared, reason: canary }
  await db
    .insertInto('attempts')
    .values({ ...place, incarnation: crypto.randomUUID() })
    .execute()
  const { image, move } = await publish(db, row, { canary, digest, builds: [build, later] })
  await db.insertInto('contexts').values({ digest, bytes: 1, files: 1 }).execute()
  await db.insertInto('project_contexts').values({ project_id: projectId, digest }).execute()
  await joinWith(db, shared, [])
  const started = { ...row, name: `${name}-started`, repository: `${name}-started` }
  const { version } = await publish(db, started, { canary, digest, builds: [third, last] })
  const environment = await stopped(db, started, { version, digest })
  const secret = `secret-${made}`
  const { webhook, delivery } = await hook(db, projectId, canary)
  return {
    project,
    image,
    build,
    environment,
    move,
    secret,
    context: digest,
    node: shared,
    webhook,
    delivery,
    canaries: [canary, name, digest, build, later, environment, secret, webhook],
  }
}

/** Disabled, so that nobody sends anything. */
async function hook(db: Pool, projectId: number, canary: string) {
  const id = newId('hook')
  await db
    .insertInto('webhooks')
    .values({
      id,
      project_id: projectId,
      url: `https://hooks.example.com/${canary}`,
      description: canary,
      events: ['build.failed'],
      secret: randomBytes(32),
      secret_version: '1',
      disabled_at: new Date(),
      disabled_because: canary,
    })
    .execute()
  const { id: delivery } = await db
    .insertInto('webhook_deliveries')
    .values({
      webhook_id: id,
      message_id: `msg_${made}`,
      event: 'build.failed',
      data: JSON.stringify({ name: canary }),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { webhook: id, delivery }
}

interface Row {
  readonly name: string
  readonly repository: string
  readonly tag: string
  readonly description: string
  readonly project_id: number
}

interface Published {
  readonly canary: string
  readonly digest: string
  readonly builds: readonly [string, string]
}

/** An image of two versions whose name has moved from the first to the second. */
async function publish(db: Pool, row: Row, { canary, digest, builds }: Published) {
  const [first, second] = builds
  const { id: image } = await db
    .insertInto('images')
    .values({
      ...row,
      category: 'custom',
      registry: `r/${row.name}`,
      size: 1,
      visibility: 'private',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const add = async (number: number, bytes: string, buildId: string) =>
    db
      .insertInto('versions')
      .values({ image_id: image, number, build_id: buildId, digest: bytes, size: 1 })
      .returning('id')
      .executeTakeFirstOrThrow()
  const before = await add(1, digest, first)
  const now = await add(2, `sha256:${randomBytes(32).toString('hex')}`, second)
  const { id: move } = await db
    .insertInto('moves')
    .values({
      image_id: image,
      kind: 'publish',
      from_version_id: before.id,
      to_version_id: now.id,
      actor: 'farm',
      reason: canary,
      state: 'moved',
      tagged: true,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await db
    .updateTable('images')
    .set({ digest, current_version_id: now.id })
    .where('id', '=', image)
    .execute()
  return { image, move, version: before.id }
}

async function stopped(
  db: Pool,
  { name, repository, project_id }: Row,
  { version, digest }: { readonly version: number; readonly digest: string },
): Promise<string> {
  const id = newId('env')
  await db
    .insertInto('environments')
    .values({
      id,
      project_id,
      version_id: version,
      name,
      repository,
      digest,
      gpu: false,
      cpu: 1,
      memory_bytes: 1,
      ports: '[]',
      state: 'stopped',
    })
    .execute()
  return id
}
