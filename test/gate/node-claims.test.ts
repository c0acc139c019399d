import { Hono } from 'hono'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Digest } from '#contract/image.ts'
import type { ImagePackages } from '#contract/image-packages.ts'
import { analysisVersion } from '../../cuda/image/analyse-image.ts'
import { exampleImages, plainImage } from '../../cuda/verdict/fixtures/example-fleet.ts'
import { claimImage, findFacts, storeFacts, wantFacts } from '../../records/image-facts.ts'
import { findPackages } from '../../records/image-packages.ts'
import { quarantineImage, readQuarantine } from '../../records/quarantine.ts'
import { publishVersion } from '../../records/versions.ts'
import type { ServerDeps } from '../../server/deps.ts'
import { createOnError } from '../../server/middleware/on-error.ts'
import { agentGpuRoutes } from '../../server/routes/agent-gpus.ts'
import { startDatabase, type TestDatabase } from '../database.ts'
import { addBuild, digestOf, joinWith, publish } from './library.ts'

// What a node may say of images: of what it has built, and over nobody else's word.
const made = exampleImages.get('torch 2.15.0 (cu132)')!
const listed = (name: string): ImagePackages => ({
  packages: [{ kind: 'apk', name, version: '1' }],
  unread: [],
  truncated: false,
})

let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase()
  await joinWith(database.db, 'node-1', [])
  await joinWith(database.db, 'node-2', [])
})
afterAll(async () => database[Symbol.asyncDispose]())

/** A build that a node has at hand. */
async function take(nodeId = 'node-1', name = `claims-${crypto.randomUUID()}`): Promise<string> {
  const { db } = database
  const buildId = await addBuild(db, name, 'building')
  const incarnation = crypto.randomUUID()
  const attempt = { build_id: buildId, number: 1, node_id: nodeId, incarnation, reason: '' }
  await db.insertInto('attempts').values(attempt).execute()
  return buildId
}

async function put(buildId: string, what: 'facts' | 'evidence', body: object) {
  const deps = { db: database.db, allowUnverified: true } as ServerDeps
  const app = new Hono()
    .onError(createOnError(pino({ level: 'silent' })))
    .route('/', agentGpuRoutes(deps))
  const reply = await app.request(`/builds/${buildId}/attempts/1/${what}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return [reply.status, reply.status === 204 ? {} : await reply.json()]
}

const tell = async (buildId: string, n: number, change: object = {}) => {
  const told = { digest: digestOf(n), analysis: analysisVersion, facts: made }
  return put(buildId, 'facts', { ...told, packages: listed('told'), ...change })
}
const known = async (n: number) => {
  const [facts, found] = await Promise.all([
    findFacts(database.db, digestOf(n)),
    findPackages(database.db, digestOf(n)),
  ])
  return { facts: facts?.facts, packages: found?.packages, readBy: found?.readBy }
}

it('an analysis that the farm does not know is refused, by name', async () => {
  const buildId = await take()
  for (const analysis of [analysisVersion + 1, 2 ** 40]) {
    expect(await tell(buildId, 1, { analysis })).toMatchObject([
      422,
      { code: 'evidence_invalid', errors: [{ field: 'analysis' }] },
    ])
  }
  expect(await known(1)).toEqual({})
})

it('what another build has told stays, and is doubted when the two differ', async () => {
  expect(await tell(await take(), 2)).toEqual([204, {}])
  const first = { facts: made, packages: listed('told'), readBy: 'node' }
  expect(await known(2)).toEqual(first)
  expect(await tell(await take(), 2)).toEqual([204, {}])
  expect(await known(2)).toEqual(first)
  expect(await tell(await take(), 2, { packages: listed('other') })).toEqual([204, {}])
  // Without packages it is the worker that reads the image, once it is published.
  expect(await known(2)).toEqual({ facts: made })
  await publish(database.db, { name: 'doubted', digest: digestOf(2) })
  const rules = { analysis: analysisVersion, leaseMs: 1, rareMs: 1, maxTries: 5 }
  expect(await claimImage(database.db, rules)).toMatchObject({ digest: digestOf(2) })
})

it('of what is published only the worker tells, and its word replaces that of a node', async () => {
  const { db } = database
  await wantFacts(db, digestOf(3))
  expect(await tell(await take(), 3)).toEqual([204, {}])
  expect(await known(3)).toEqual({ facts: null })
  const read = { analysis: analysisVersion, facts: plainImage, packages: listed('read') }
  for (const n of [2, 3]) {
    await storeFacts(db, digestOf(n), read)
    const { facts, packages } = read
    expect(await known(n)).toEqual({ facts, packages, readBy: 'worker' })
    await tell(await take(), n)
    expect(await known(n)).toEqual({ facts, packages, readBy: 'worker' })
  }
})

it('evidence is about what the attempt has built, or an earlier one of its node', async () => {
  const at = new Date().toISOString()
  const said = { evidence: 'computed', passed: false, started_at: at, finished_at: at }
  const prove = async (buildId: string, n: number) => {
    const evidence = { digest: digestOf(n), nonce: 'a-nonce-of-it', ...said, runs: [], reasons: [] }
    return put(buildId, 'evidence', evidence)
  }
  const refused = [422, { code: 'evidence_invalid', detail: expect.stringContaining('built') }]
  const first = await take()
  expect(await prove(first, 4)).toMatchObject(refused)
  await tell(first, 4)
  expect(await prove(first, 5)).toMatchObject(refused)
  expect(await prove(first, 4)).toEqual([204, {}])
  expect(await prove(await take(), 4)).toEqual([204, {}])
  expect(await prove(await take('node-2'), 4)).toMatchObject(refused)
})

it('an image that is published after all is no longer listed as refused', async () => {
  const { db } = database
  const buildId = await take('node-1', 'claims')
  const ref = { buildId, attempt: 1 }
  const digest = digestOf(6) as Digest
  const failure = { code: 'registry_mismatch', message: 'other bytes' } as const
  const refuse = async (of: string, image: { repository: string; digest: string }) =>
    quarantineImage(db, { buildId: of, attempt: 1, ...image, failure })
  const [same, elsewhere] = [await take(), await take()]
  await refuse(buildId, { repository: 'kiln/claims', digest })
  await refuse(same, { repository: 'kiln/claims', digest: digestOf(7) })
  await refuse(elsewhere, { repository: 'kiln/others', digest })
  const verification = { digest, verdict: 'not_gpu', evidence: 'measured' } as const
  const request = { ...ref, digest, verification: { ...verification, nonce: 'x', durationMs: 1 } }
  const terms = { registry: 'host:5000/kiln/claims', attestations: [] }
  expect(await publishVersion(db, request, { digest, size: 1 }, terms)).toBe('published')
  expect(await readQuarantine(db, buildId)).toEqual([])
  expect(await readQuarantine(db, same)).toHaveLength(1)
  expect(await readQuarantine(db, elsewhere)).toHaveLength(1)
  const audit = await db
    .selectFrom('audit')
    .select('object')
    .where('action', '=', 'image.release')
    .execute()
  expect(audit).toEqual([{ object: buildId }])
})
