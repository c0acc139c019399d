import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createNewId } from '#contract/id.ts'
import { endAttempt } from '../../records/attempts.ts'
import { finishBuild } from '../../records/end-build.ts'
import { registerNode } from '../../records/nodes.ts'
import { enterStage } from '../../records/stages.ts'
import { createLocate } from '../../registry/registries.ts'
import { rebuildNext } from '../../worker/rebuilds/rebuild-next.ts'
import { placeRound } from '../queue/kit.ts'
import { type Library, startLibrary } from './kit/library.ts'
import { beginBuild, leadBuild, publishImage } from './kit/publish.ts'

let library: Library
beforeAll(async () => {
  library = await startLibrary()
})
afterAll(async () => library[Symbol.asyncDispose]())
// Each test has the images to itself that are looked at.
beforeEach(async () => {
  await library.db.deleteFrom('base_watches').execute()
  await sql`update builds set status = 'cancelled' where status = 'building'`.execute(library.db)
})

const newId = createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes))
const hour = 60 * 60_000
const lookAtAll = async (atOnce = 4, restMs = 0) => {
  const { own, loop } = library
  const deps = { ...loop, locate: createLocate(own), newId, everyMs: hour, restMs, atOnce }
  while (await rebuildNext(deps));
}
/** As if the hour had passed. */
const lookAgain = async (atOnce?: number, restMs?: number) => {
  await library.db
    .updateTable('base_watches')
    .set({ check_at: sql<Date>`now()` })
    .execute()
  await lookAtAll(atOnce, restMs)
}
const show = async (path: string) => (await library.ask('GET', path)).body as object
const watch = async (imageId: number, on = true) =>
  library.ask('PATCH', `/api/images/${imageId}`, { rebuild_on_base: on })
const moveBase = async (name: string, step: string) =>
  publishImage(library, { name }, { steps: [`RUN ${name} ${step}`] })
const buildsOf = async (name: string) =>
  library.db
    .selectFrom('builds')
    .select(['id', 'status', 'priority'])
    .where('name', '=', name)
    .orderBy('id', 'desc')
    .execute()
const fail = async (id: string) =>
  finishBuild(library.db, {
    buildId: id,
    status: 'failed',
    failure: { code: 'step_failed', message: 'a test' },
  })

/** An image on a base, of which it is told when it moves. */
async function prepare(base: string, name: string) {
  const first = await moveBase(base, 'one')
  const child = { name, dockerfile: `FROM ${base}\nRUN child\n` }
  const made = await publishImage(library, child, { steps: ['RUN child', name] })
  expect(await watch(made.imageId)).toMatchObject({ body: { rebuild_on_base: true } })
  await lookAtAll()
  expect(await buildsOf(name)).toHaveLength(1)
  return { imageId: made.imageId, base: first.digest }
}

describe('an image that is built again when its base moves', () => {
  it('is so at once, with the reason, and only once for one move', async () => {
    const { imageId, base } = await prepare('base-a:1', 'child-a:1')
    const { digest: moved } = await moveBase('base-a:1', 'two')
    await lookAtAll()
    const [build] = await buildsOf('child-a:1')
    expect(build).toMatchObject({ status: 'building', priority: 'scheduled' })
    const because = { bases_moved: [{ reference: 'base-a:1', from: base, to: moved }] }
    const id = build?.id ?? ''
    expect(await show(`/api/builds/${id}`)).toMatchObject({ rebuild_because: because })
    // While it runs the base moves on: that waits.
    const { digest: again } = await moveBase('base-a:1', 'three')
    await lookAgain()
    expect(await buildsOf('child-a:1')).toHaveLength(2)
    const lead = leadBuild(library, id)
    await lead.resolve()
    const digest = await lead.push({ steps: ['RUN child', 'on two'] })
    await lead.publish(digest)
    await lead.tag(digest)
    await lead.finish()
    expect(await show(`/api/images/${imageId}/versions/2`)).toMatchObject({
      digest,
      current: true,
      build: { submitted_by: 'farm', rebuild_because: because },
    })
    expect(await show(`/api/images/${imageId}/versions/1`)).toMatchObject({
      build: { rebuild_because: null },
    })
    // It was resolved after the base had moved on, and so is on the newest.
    await lookAgain()
    expect(await buildsOf('child-a:1')).toHaveLength(2)
    const { bases } = (await show(`/api/builds/${id}`)) as { bases: readonly object[] }
    expect(bases).toMatchObject([{ pinned: expect.stringContaining(again) }])
  })

  it('is looked at hourly where its base is no name of the library, by digest', async () => {
    const { client, prefix, host } = library.own
    await moveBase('elsewhere:1', 'one')
    const tag = async (step: string) => {
      const { digest } = await moveBase('elsewhere:1', step)
      const manifest = await client.readManifest(`${prefix}/elsewhere`, digest)
      if (manifest !== undefined)
        await client.writeManifest(`${prefix}/elsewhere`, 'moving', manifest)
      return digest
    }
    const before = await tag('a')
    const reference = `${host}/${prefix}/elsewhere:moving`
    const child = { name: 'child-b:1', dockerfile: `FROM ${reference}\nRUN child\n` }
    const { imageId } = await publishImage(library, child, { steps: ['RUN child b'] })
    await watch(imageId)
    await lookAtAll()
    expect(await buildsOf('child-b:1')).toHaveLength(1)
    const now = await tag('b')
    await lookAgain()
    const [build] = await buildsOf('child-b:1')
    expect(await show(`/api/builds/${build?.id}`)).toMatchObject({
      rebuild_because: { bases_moved: [{ reference, from: before, to: now }] },
    })
  })

  it('is not, for a move that it was built for and failed, and never again after three', async () => {
    const { imageId } = await prepare('base-c:1', 'child-c:1')
    for (const [index, step] of ['two', 'three', 'four'].entries()) {
      await moveBase('base-c:1', step)
      await lookAtAll()
      const builds = await buildsOf('child-c:1')
      expect(builds).toHaveLength(index + 2)
      await fail(builds[0]?.id ?? '')
      if (index < 2) await lookAgain()
      expect(await buildsOf('child-c:1')).toHaveLength(index + 2)
    }
    await moveBase('base-c:1', 'five')
    await lookAtAll()
    expect(await buildsOf('child-c:1')).toHaveLength(4)
    expect(await show(`/api/images/${imageId}`)).toMatchObject({
      rebuild_on_base: true,
      rebuild: {
        stopped_at: expect.any(String),
        problem: expect.stringContaining('3 builds in a row have failed'),
      },
    })
    await watch(imageId)
    await lookAtAll()
    expect(await buildsOf('child-c:1')).toHaveLength(5)
    expect(await show(`/api/images/${imageId}`)).toMatchObject({
      rebuild: { stopped_at: null, problem: null },
    })
  })

  it('is not any more when nobody wants it to be, nor while somebody builds it', async () => {
    const { imageId } = await prepare('base-d:1', 'child-d:1')
    const own = await beginBuild(library, { name: 'child-d:1', dockerfile: 'FROM base-d:1\n' })
    await moveBase('base-d:1', 'two')
    await lookAtAll()
    expect(await buildsOf('child-d:1')).toHaveLength(2)
    await fail(own.id)
    await watch(imageId, false)
    await lookAgain()
    expect(await buildsOf('child-d:1')).toHaveLength(2)
    expect(await show(`/api/images/${imageId}`)).toMatchObject({
      rebuild_on_base: false,
      rebuild: null,
    })
  })

  it('moves neither itself nor others for ever', async () => {
    const { imageId } = await publishImage(library, { name: 'base-h:1' }, { steps: ['RUN base h'] })
    const itself = { name: 'base-h:1', dockerfile: 'FROM base-h:1\nRUN more\n' }
    await publishImage(library, itself, { steps: ['RUN base h', 'RUN more'] })
    await watch(imageId)
    await lookAtAll()
    expect(await buildsOf('base-h:1')).toHaveLength(2)
    const child = (await prepare('base-i:1', 'child-i:1')).imageId
    await moveBase('base-i:1', 'two')
    await lookAtAll()
    const [build] = await buildsOf('child-i:1')
    await fail(build?.id ?? '')
    await moveBase('base-i:1', 'three')
    await lookAgain(4, hour)
    expect(await buildsOf('child-i:1')).toHaveLength(2)
    expect(await show(`/api/images/${child}`)).toMatchObject({ rebuild: { stopped_at: null } })
    await lookAgain()
    expect(await buildsOf('child-i:1')).toHaveLength(3)
  })

  it('says when it cannot be, since its context is gone', async () => {
    const { imageId } = await prepare('base-e:1', 'child-e:1')
    const context = `sha256:${'c'.repeat(64)}`
    await library.db
      .insertInto('contexts')
      .values({ digest: context, bytes: 1, files: 1, dropped_at: new Date() })
      .execute()
    await library.db
      .updateTable('builds')
      .set({ context })
      .where('name', '=', 'child-e:1')
      .execute()
    await moveBase('base-e:1', 'two')
    await lookAtAll()
    expect(await buildsOf('child-e:1')).toHaveLength(1)
    expect(await show(`/api/images/${imageId}`)).toMatchObject({
      rebuild: { problem: expect.stringContaining('context is no longer kept') },
    })
  })
})

it('builds no more images at once than it may, and the others after them', async () => {
  const one = await prepare('base-f:1', 'child-f:1')
  const child = { name: 'child-f:2', dockerfile: 'FROM base-f:1\nRUN child\n' }
  const two = await publishImage(library, child, { steps: ['RUN child f 2'] })
  await watch(two.imageId)
  await lookAtAll()
  expect(one.imageId).not.toBe(two.imageId)
  await moveBase('base-f:1', 'two')
  await lookAtAll(1)
  const running = async () =>
    (await Promise.all(['child-f:1', 'child-f:2'].map(buildsOf)))
      .flat()
      .filter(({ status }) => status === 'building')
  const [first] = await running()
  expect(await running()).toHaveLength(1)
  await fail(first?.id ?? '')
  await lookAgain(1)
  const [second] = await running()
  expect(await running()).toHaveLength(1)
  expect(second?.id).not.toBe(first?.id)
})

it('places what somebody waits for before what nobody does', async () => {
  await prepare('base-g:1', 'child-g:1')
  await moveBase('base-g:1', 'two')
  await lookAtAll()
  const [scheduled] = await buildsOf('child-g:1')
  const asked = await beginBuild(library, { name: 'asked-g:1' })
  const inventory = {
    host: { hostname: 'h', os: 'linux', kernel: '6', arch: 'x64' },
    cpu: { model: 'x', cores: 1 },
    memory_bytes: 1,
    disk: { total_bytes: 1, free_bytes: 1 },
    buildkit: { version: 'x', platforms: ['linux/amd64'], devices: [] },
    gpus: [],
  }
  const identity = { node_id: newId('node'), name: 'n', incarnation: randomUUID(), slots: 1 }
  await registerNode(library.db, { protocol: 4, ...identity, inventory }, hour)
  for (const buildId of [scheduled?.id ?? '', asked.id])
    await enterStage(library.db, { buildId, attempt: 0, stage: 'waiting' })
  const placeNext = async () => (await placeRound(library.db)).map(({ buildId }) => buildId)
  expect(await placeNext()).toEqual([asked.id])
  await endAttempt(library.db, { buildId: asked.id, attempt: 1 }, undefined)
  expect(await placeNext()).toEqual([scheduled?.id])
})
