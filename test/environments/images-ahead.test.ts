import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type AheadMode,
  countAhead,
  countAllAhead,
  findAhead,
  nextAhead,
  noteAhead,
} from '../../records/images-ahead.ts'
import { planImagesAhead } from '../../server/environments/plan-images-ahead.ts'
import { startDatabase, type TestDatabase } from '../database.ts'
import { exampleGpu } from '../gate/example-gpu.ts'
import { addBuild, digestOf, joinWith, measure, publish } from '../gate/library.ts'

let database: TestDatabase
let names = 0
beforeAll(async () => {
  database = await startDatabase()
  const { db } = database
  const older = { driver: '535.104.05' }
  await joinWith(db, 'node-a', [exampleGpu('GPU-a')])
  await joinWith(db, 'node-b', [exampleGpu('GPU-b')])
  await joinWith(db, 'node-older', [exampleGpu('GPU-c', older)])
  await joinWith(db, 'node-builds-only', [exampleGpu('GPU-d')])
  await sql`update nodes set inventory = inventory || '{"environments": true}'
    where id <> 'node-builds-only'`.execute(db)
})
afterAll(async () => database[Symbol.asyncDispose]())

/** A version that has passed on the class of the first two nodes, and on no other. */
const publishPassed = async (mode: AheadMode, before?: (image: number) => Promise<void>) => {
  const { db } = database
  names += 1
  const digest = digestOf(7_000 + names)
  const { id, buildId } = await publish(db, { name: `ahead-${names}`, digest })
  await measure(db, { buildId, digest, gpu: exampleGpu('GPU-a') })
  await before?.(id)
  await planImagesAhead(db, mode)
  const rows = await db
    .selectFrom('images_ahead')
    .innerJoin('versions', 'versions.id', 'version_id')
    .select('node_id')
    .where('digest', '=', digest)
    .orderBy('node_id')
    .execute()
  return { digest, nodes: rows.map(({ node_id: node }) => node) }
}
const clear = async () => void (await database.db.deleteFrom('images_ahead').execute())

it('is for nodes that run environments, with GPUs on which the version has passed', async () => {
  expect(await publishPassed('all')).toMatchObject({ nodes: ['node-a', 'node-b'] })
  expect(await publishPassed('off')).toMatchObject({ nodes: [] })
  await clear()
})

it('leaves out the images of a project that does not want it, and counts the others', async () => {
  const { db } = database
  await db.updateTable('projects').set({ pull_ahead: false }).execute()
  expect(await publishPassed('all')).toMatchObject({ nodes: [] })
  await db.updateTable('projects').set({ pull_ahead: true }).execute()
  expect(await countAllAhead(db)).toEqual([])
  await publishPassed('all')
  const [counted, ...others] = await countAllAhead(db)
  expect([counted, others]).toMatchObject([{ state: 'waiting', count: 2 }, []])
  const { size } = await db
    .selectFrom('versions')
    .select('size')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  expect(counted?.bytes).toBe(2 * (size ?? 0))
  await clear()
})

it('is usually for images that somebody has started from', async () => {
  const { db } = database
  expect(await publishPassed('used')).toMatchObject({ nodes: [] })
  const used = await publishPassed('used', async (image) => {
    const { id } = await db
      .selectFrom('versions')
      .select('id')
      .where('image_id', '=', image)
      .executeTakeFirstOrThrow()
    const row = { name: 'x', repository: 'x', digest: digestOf(1), gpu: false, cpu: 1 }
    await db
      .insertInto('environments')
      .values({
        id: 'env-1',
        project_id: 1,
        version_id: id,
        ...row,
        memory_bytes: 1,
        ports: '[]',
        state: 'stopped',
      })
      .execute()
  })
  expect(used.nodes).toEqual(['node-a', 'node-b'])
  await clear()
})

it('is fetched by one node at a time where one may, and by nodes that do nothing else', async () => {
  const { db } = database
  const { digest } = await publishPassed('all')
  const buildId = await addBuild(db, 'busy', 'building')
  const incarnation = crypto.randomUUID()
  const attempt = { build_id: buildId, number: 1, node_id: 'node-a', reason: '', incarnation }
  await db.insertInto('attempts').values(attempt).execute()
  expect(await nextAhead(db, 'node-a', 1)).toBeUndefined()
  await db
    .updateTable('attempts')
    .set({ finished_at: new Date() })
    .where('build_id', '=', buildId)
    .execute()
  expect(await nextAhead(db, 'node-a', 1)).toMatchObject({ digest, project: 'default' })
  expect(await nextAhead(db, 'node-b', 1)).toBeUndefined()
  expect(await nextAhead(db, 'node-a', 1)).toMatchObject({ digest })
  // As when its agent is gone.
  await sql`update images_ahead set told_at = now() - interval '5 minutes'`.execute(db)
  expect(await nextAhead(db, 'node-b', 1)).toMatchObject({ digest })
  await clear()
})

it('lets a node read only what it is to fetch now, and takes its word for nothing else', async () => {
  const { db } = database
  const { digest } = await publishPassed('all')
  expect(await findAhead(db, 'node-a', digest)).toBeUndefined()
  await noteAhead(db, 'node-a', { digest, state: 'done', message: '' })
  expect(await countAhead(db, 'node-a')).toMatchObject({ waiting: 1, done: 0 })
  await nextAhead(db, 'node-a', 2)
  expect(await findAhead(db, 'node-a', digest)).toMatch(/^ahead-/)
  expect(await findAhead(db, 'node-b', digest)).toBeUndefined()
  await noteAhead(db, 'node-a', { digest, state: 'failed', message: 'no room' })
  expect(await countAhead(db, 'node-a')).toMatchObject({ pulling: 0, failed: 1 })
  expect(await findAhead(db, 'node-a', digest)).toBeUndefined()
  expect(await nextAhead(db, 'node-a', 2)).toBeUndefined()
})
