import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseDigest } from '#contract/image.ts'
import { type Library, startLibrary } from './kit/library.ts'
import { beginBuild } from './kit/publish.ts'

// On a registry that is no Harbor.
let library: Library
beforeAll(async () => {
  library = await startLibrary()
})
afterAll(async () => library[Symbol.asyncDispose]())

const change = async (body: object) => library.ask('PATCH', '/api/projects/default', body)
const block = { mode: 'block', severity: 'high' }

it('refuses to hold back what nothing will ever scan, and says so of a report', async () => {
  expect(await change({ scan_policy: block })).toMatchObject({
    status: 422,
    body: { code: 'nothing_scans', errors: [{ field: 'scan_policy.mode' }] },
  })
  expect(await library.ask('GET', '/api/projects/default')).toMatchObject({
    body: { scan_policy: null, effective_scan_policy: { mode: 'none' }, scan_note: null },
  })
  expect(await change({ scan_policy: { mode: 'report' } })).toMatchObject({
    status: 200,
    body: {
      scan_policy: { mode: 'report', wait_seconds: 600 },
      scan_note: expect.stringContaining('nothing scans'),
      gpu_policy: null,
    },
  })
})

it('names what is wrong with a policy', async () => {
  for (const [policy, field] of [
    [{ mode: 'block' }, 'scan_policy.severity'],
    [{ mode: 'report', wait_seconds: 0 }, 'scan_policy.wait_seconds'],
    [{ mode: 'scan' }, 'scan_policy.mode'],
  ] as const)
    expect(await change({ scan_policy: policy })).toMatchObject({
      status: 400,
      body: { errors: [{ field }] },
    })
  expect(await change({})).toMatchObject({ status: 400 })
})

it('goes with a build as it was when that was accepted, and leaves an audit row', async () => {
  await change({ scan_policy: { mode: 'report', wait_seconds: 5 } })
  const build = await beginBuild(library, { name: 'scanned:1' })
  await change({ scan_policy: null })
  const stored = await library.db
    .selectFrom('builds')
    .select('scan_policy')
    .where('id', '=', build.id)
    .executeTakeFirstOrThrow()
  expect(stored.scan_policy).toEqual({ mode: 'report', wait_seconds: 5 })
  const rows = await library.db
    .selectFrom('audit')
    .select('detail')
    .where('action', '=', 'project.scan_policy')
    .orderBy('seq', 'desc')
    .limit(2)
    .execute()
  expect(rows.map(({ detail }) => detail)).toEqual([
    { scan_policy: null },
    { scan_policy: stored.scan_policy },
  ])
  const digest = await build.push({ steps: ['RUN scanned'] })
  await build.scan(digest)
  await build.publish(digest)
  const image = await library.db
    .selectFrom('versions')
    .select('image_id')
    .where('build_id', '=', build.id)
    .executeTakeFirstOrThrow()
  expect(await library.ask('GET', `/api/images/${image.image_id}/versions/1`)).toMatchObject({
    body: { digest: parseDigest(digest), scan: { state: 'unscanned', findings: null } },
  })
})
