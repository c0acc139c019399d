import { Hono } from 'hono'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { VerificationReason } from '#contract/verification.ts'
import { exampleImages } from '../../cuda/verdict/fixtures/example-fleet.ts'
import { classKey } from '../../records/gpu-class.ts'
import { findImageById } from '../../records/images.ts'
import { farmScope } from '../../records/scope.ts'
import { readKnown } from '../../matrix/read-known.ts'
import { requireFit } from '../../server/gpus/require-fit.ts'
import { createOnError } from '../../server/middleware/on-error.ts'
import { imageRoutes } from '../../server/routes/images.ts'
import { showCompatibility } from '../../server/views/compatibility.ts'
import { listVersions } from '../../server/views/version-list.ts'
import { asOperator } from '../as-operator.ts'
import { startDatabase, type TestDatabase } from '../database.ts'
import { exampleGpu } from './example-gpu.ts'
import { addBuild, digestOf, evidenceRow, joinWith, measure, publish } from './library.ts'

/** By its files it needs a driver of 580 or newer. */
const facts = exampleImages.get('torch 2.15.0 (cu132)')
const card = (driver: string) => exampleGpu('GPU-1', { driver })
const classOf = (driver: string) => ({ gpu: card(driver), arch: 'x64' })
const [older, newer] = ['535.104.05', '595.58.03']
const image = { code: 'FRAMEWORK_CPU_ONLY', severity: 'error', params: {} } as const
const node = { code: 'WRONG_RESULT', severity: 'error', params: {} } as const

let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(async () => database[Symbol.asyncDispose]())

it('the newest of each digest on each class is read, among many', async () => {
  const { db } = database
  const start = Date.UTC(2026, 0, 1)
  const drivers = Array.from({ length: 30 }, (_, n) => `5${10 + n}.10`)
  const buildIds = await Promise.all(Array.from({ length: 10 }, async () => addBuild(db, 'many')))
  // 10 builds with 10 attempts, each on 30 drivers: far more than any page.
  for (const [b, buildId] of buildIds.entries()) {
    const digest = digestOf(1 + (b % 2))
    await db.updateTable('builds').set({ digest }).where('id', '=', buildId).execute()
    const rows = drivers.flatMap((driver, d) =>
      Array.from({ length: 10 }, (_, n) => ({
        ...evidenceRow({
          buildId,
          digest,
          gpu: card(driver),
          at: new Date(start + b * 60_000 + n),
        }),
        attempt: d * 10 + n + 1,
      })),
    )
    await db.insertInto('evidence').values(rows).execute()
  }
  const known = await readKnown(db, [digestOf(1), digestOf(2)], drivers.map(classOf))
  for (const [last, digest] of [digestOf(1), digestOf(2)].entries()) {
    const { proofs } = known(digest)
    expect(new Set(proofs.map(({ gpu }) => gpu.driver))).toEqual(new Set(drivers))
    expect(proofs).toHaveLength(30)
    expect(new Set(proofs.map(({ buildId }) => buildId))).toEqual(new Set([buildIds.at(last - 2)]))
  }
  const one = await readKnown(db, [digestOf(1)], [classOf('510.10')])
  expect(one(digestOf(1)).proofs).toMatchObject([{ gpu: { driver: '510.10' }, nodeName: null }])
  expect(one(digestOf(2)).proofs).toEqual([])
})

it('a class is the same in the database and out of it', async () => {
  const { db } = database
  const digest = digestOf(3)
  const changes = [
    {},
    { simulated: true },
    { memory_bytes: 1 },
    { driver: `"quoted", and 'so'` },
    { name: '名称' },
  ]
  for (const change of changes) {
    const buildId = await addBuild(db, 'classes')
    await measure(db, { buildId, digest, gpu: exampleGpu('GPU-2', change) })
  }
  const { capability: _none, ...unknown } = exampleGpu('GPU-2')
  await measure(db, { buildId: await addBuild(db, 'classes'), digest, gpu: unknown })
  const wanted = [...changes.map((change) => exampleGpu('GPU-3', change)), unknown]
  for (const gpu of wanted) {
    const { proofs } = (await readKnown(db, [digest], [{ gpu, arch: 'x64' }]))(digest)
    expect(proofs.map((proof) => classKey(proof.gpu, proof.arch))).toEqual([classKey(gpu, 'x64')])
  }
  const arm = await readKnown(db, [digest], [{ gpu: exampleGpu('GPU-3'), arch: 'arm64' }])
  expect(arm(digest).proofs).toEqual([])
})

it('a failure of the image counts, and none of the node or the farm', async () => {
  const { db } = database
  const digest = digestOf(4)
  const add = async (reasons: readonly VerificationReason[], passed = false) =>
    measure(db, { buildId: await addBuild(db, 'fails'), digest, gpu: card(newer), passed, reasons })
  const read = async () => (await readKnown(db, [digest], [classOf(newer)]))(digest).proofs
  await add([node])
  await add([{ ...image, owner: 'node' }])
  await add([{ ...image, severity: 'retry' }])
  expect(await read()).toEqual([])
  await add([], true)
  await add([node])
  expect(await read()).toMatchObject([{ passed: true }])
  await add([{ ...node, owner: 'image' }])
  expect(await read()).toMatchObject([{ passed: false }])
  await add([node, image])
  expect(await read()).toMatchObject([{ passed: false, reasons: [node, image] }])
})

it('only a build that has published the digest is believed', async () => {
  const { db } = database
  const digest = digestOf(8)
  const gpu = card(newer)
  const read = async () => (await readKnown(db, [digest], [classOf(newer)]))(digest).proofs
  await measure(db, { buildId: await addBuild(db, 'made-up'), digest, gpu, published: false })
  expect(await read()).toEqual([])
  const other = await addBuild(db, 'other')
  await measure(db, { buildId: other, digest, gpu, published: false })
  await db
    .updateTable('builds')
    .set({ digest: digestOf(9) })
    .where('id', '=', other)
    .execute()
  expect(await read()).toEqual([])
  const buildId = await addBuild(db, 'true')
  await measure(db, { buildId, digest, gpu })
  expect(await read()).toMatchObject([{ buildId }])
})

it('each version has a matrix of its own, with what it rests on', async () => {
  const { db } = database
  await joinWith(db, 'node-1', [card(newer)])
  const first = await publish(db, { name: 'two', digest: digestOf(5), ...(facts && { facts }) })
  await measure(db, { buildId: first.buildId, digest: digestOf(5), gpu: card(newer) })
  await publish(db, { name: 'two', digest: digestOf(6), ...(facts && { facts }) })
  const row = (await findImageById(farmScope(db, 'test'), first.id))!
  const shown = async (number: number, digest: string) =>
    showCompatibility(db, row, { number, digest }, 'en')
  expect(await shown(1, digestOf(5))).toMatchObject({
    version: 1,
    digest: digestOf(5),
    classes_omitted: 0,
    classes: [
      {
        driver: newer,
        verdict: 'runs',
        evidence: 'measured',
        measured: {
          passed: true,
          node_id: 'node-1',
          node: 'node-1',
          gpu: 'GPU-1',
          driver: newer,
          nonce: `nonce-of-${first.buildId}`,
          build_id: first.buildId,
          attempt: 1,
          attachment: { state: 'waiting' },
        },
      },
    ],
  })
  expect(await shown(2, digestOf(6))).toMatchObject({
    version: 2,
    classes: [{ driver: newer, verdict: 'runs', evidence: 'computed', measured: null }],
  })
  const app = new Hono()
    .onError(createOnError(pino({ level: 'silent' })))
    .use(asOperator(db))
    .route('/', imageRoutes())
  const ask = async (query: string) => {
    const reply = await app.request(`/${first.id}/compatibility${query}`)
    return [reply.status, await reply.json()]
  }
  expect(await ask('')).toMatchObject([200, { version: 2, digest: digestOf(6) }])
  expect(await ask('?version=1&lang=zh')).toMatchObject([200, { version: 1, digest: digestOf(5) }])
  expect(await ask('?version=3')).toMatchObject([404, { code: 'not_found' }])
  expect(await ask('?version=x')).toMatchObject([400, { errors: [{ field: 'version' }] }])
  const { versions } = await listVersions(db, row, { limit: 10 })
  expect(versions).toMatchObject([
    { number: 2, attachment: null },
    { number: 1, attachment: { state: 'waiting' } },
  ])
  // The driver changes, and nothing that was measured counts any more.
  await joinWith(db, 'node-1', [card(older)])
  expect(await shown(1, digestOf(5))).toMatchObject({
    classes: [{ driver: older, verdict: 'will_not_run', evidence: 'computed', measured: null }],
  })
})

it('a rollback believes what was measured on the farm as it is, both ways', async () => {
  const { db } = database
  const digest = digestOf(7)
  const { id } = await publish(db, { name: 'back', digest, ...(facts && { facts }) })
  await joinWith(db, 'node-1', [card(older)])
  await expect(requireFit(db, id, 1, 'en')).rejects.toThrow(
    `computed on NVIDIA A100-SXM4-40GB with driver ${older} (node-1): DRIVER_TOO_OLD; what would help: driver`,
  )
  await expect(requireFit(db, id, 1, 'zh')).rejects.toThrow(
    `NVIDIA A100-SXM4-40GB，驱动 ${older}（node-1），推算：DRIVER_TOO_OLD；可行的改法：此节点使用驱动`,
  )
  await measure(db, { buildId: await addBuild(db, 'back'), digest, gpu: card(older) })
  await requireFit(db, id, 1, 'en')
  await joinWith(db, 'node-1', [card(newer)])
  await requireFit(db, id, 1, 'en')
  const failed = { buildId: await addBuild(db, 'back'), digest, gpu: card(newer), passed: false }
  await measure(db, { ...failed, reasons: [image] })
  await expect(requireFit(db, id, 1, 'en')).rejects.toThrow(
    `measured on NVIDIA A100-SXM4-40GB with driver ${newer} (node-1): FRAMEWORK_CPU_ONLY`,
  )
  // Where it was not measured its files decide.
  await joinWith(db, 'node-2', [exampleGpu('GPU-9', { driver: newer, name: 'NVIDIA A30' })])
  await requireFit(db, id, 1, 'en')
})
