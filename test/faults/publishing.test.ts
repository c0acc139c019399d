import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { FailureCode } from '#contract/failure.ts'
import { showVersion } from '../../server/views/build-version.ts'
import type { TestDatabase } from '../database.ts'
import { type Library, openLibrary, type Ready, split } from './kit/library.ts'
import { harborProject, type ReadyHarbor, startReadyHarbor } from './kit/ready-harbor.ts'
import { type StartedLibrary, startLibrary } from './kit/start-library.ts'

// What a name points at is there, is verified, and came there once: the invariants I3, I4 and I5 of the fault matrix, whose
// rows the titles name.
let started: StartedLibrary
let database: TestDatabase
let ready: ReadyHarbor
let library: Library
beforeAll(async () => {
  started = await startLibrary(40)
  ;({ database, ready, library } = started)
})
afterEach(() => ready.harbor.faults.splice(0))
afterAll(async () => started[Symbol.asyncDispose]())

/** A build that its node has pushed. */
async function pushed(name: string): Promise<Ready> {
  const { id, answer } = await library.accept(name)
  expect(answer).toBe('accepted')
  return library.push(name, { buildId: id, attempt: await library.place(id) })
}

async function build(name: string): Promise<Ready> {
  const made = await pushed(name)
  await library.publish(made)
  await library.tag(made)
  await library.finish(made.buildId)
  return made
}

/** Everything that the library knows of a name. */
async function lookUp(name: string) {
  const { db } = library
  const { repository, tag } = split(name)
  const image = await db
    .selectFrom('images')
    .select(['id', 'digest'])
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    .executeTakeFirst()
  const versions = await db
    .selectFrom('versions')
    .select(['number', 'digest'])
    .where('image_id', '=', image?.id ?? 0)
    .orderBy('number')
    .execute()
  const moves = await db
    .selectFrom('moves')
    .select(['kind', 'state'])
    .where('image_id', '=', image?.id ?? 0)
    .orderBy('id')
    .execute()
  const audited = await db
    .selectFrom('audit')
    .select('action')
    .where('object', '=', name)
    .orderBy('seq')
    .execute()
  const actions = audited.map(({ action }) => action)
  return { digest: image?.digest ?? undefined, versions, moves, actions }
}

/** What the registry has under a tag. */
function tagged(name: string, tag = split(name).tag): string | undefined {
  const [project] = ready.harbor.state.projects.values()
  return project?.repositories.get(split(name).repository)?.tags.get(tag)
}

const failsWith = (type: FailureCode) => expect.objectContaining({ type })
const manifestOf = ({ name, digest }: Ready) =>
  new RegExp(`^/v2/${harborProject}/${split(name).repository}/manifests/${digest}$`)
const once = (digest: string) => ({
  digest,
  versions: [{ number: 1, digest }],
  moves: [{ kind: 'publish', state: 'moved' }],
  actions: ['image.publish'],
})

describe('one result', () => {
  it('of a publish that is repeated after its commit, as its answer was lost', async () => {
    const made = await pushed('repeated:1')
    const first = await library.publish(made)
    expect(await library.publish(made)).toEqual(first)
    expect(await lookUp('repeated:1')).toEqual(once(made.digest))
  })

  it('of a publish that is made twice at once', async () => {
    const made = await pushed('doubled:1')
    const [one, other] = await Promise.all([library.publish(made), library.publish(made)])
    expect(one).toEqual(other)
    expect(await lookUp('doubled:1')).toEqual(once(made.digest))
  })

  it('of an attempt that publishes after another one has taken its place', async () => {
    const stale = await pushed('stale:1')
    const lost = { code: 'agent_lost', message: 'lost' } as const
    await library.activities.endAttempt(stale, lost)
    const attempt = await library.place(stale.buildId, stale.attempt)
    await expect(library.publish(stale)).rejects.toEqual(failsWith('stale_attempt'))
    const current = await library.push('stale:1', { buildId: stale.buildId, attempt })
    await Promise.all([
      library.publish(current),
      expect(library.publish(stale)).rejects.toEqual(failsWith('stale_attempt')),
    ])
    await expect(library.publish(stale)).rejects.toEqual(failsWith('stale_attempt'))
    expect(await lookUp('stale:1')).toEqual(once(current.digest))
  })

  it('of tags whose answers are lost: no tag of a version moves, so repeating it is refused', async () => {
    const made = await pushed('tagged:1')
    await library.publish(made)
    const path = /\/tagged\/manifests\/1(-v1)?$/
    ready.harbor.faults.push({ method: 'PUT', path, times: 2, loseAnswer: true })
    await library.tag(made)
    await library.tag(made)
    expect(tagged('tagged:1')).toBe(made.digest)
    expect(tagged('tagged:1', '1-v1')).toBe(made.digest)
  })
})

describe('what is read back', () => {
  // A replica that lags: the manifest was taken, and is not served yet.
  it('29: is waited for while the registry does not serve it, and no name moves before', async () => {
    const made = await pushed('lags:1')
    const missing = { status: 404, body: { errors: [{ code: 'MANIFEST_UNKNOWN' }] } }
    const fault = { method: 'GET', path: manifestOf(made), times: 3, reply: missing }
    ready.harbor.faults.push(fault)
    const publishing = library.publish(made)
    await expect.poll(() => fault.times, { interval: 1 }).toBeLessThan(3)
    if (fault.times > 0) expect(await lookUp('lags:1')).toMatchObject({ versions: [] })
    await publishing
    expect(fault.times).toBe(0)
    expect(await lookUp('lags:1')).toEqual(once(made.digest))
  })

  // The digest in the database is that of the bytes that the registry serves (I5).
  it.each([
    ['another digest beside the right bytes', 'header'],
    ['other bytes', 'bytes'],
  ])('30: is not published when the registry serves %s', async (_, what) => {
    const name = `wrong-${what}:1`
    const made = await pushed(name)
    const other = `sha256:${'0'.repeat(64)}`
    ready.harbor.faults.push({
      path: manifestOf(made),
      times: Number.POSITIVE_INFINITY,
      headers: { 'docker-content-digest': other },
      ...(what === 'bytes' && {
        reply: { status: 200, headers: { 'content-type': 'application/json' }, body: {} },
      }),
    })
    await expect(library.activities.publishImage(made)).rejects.toThrow(/right digest|other bytes/)
    expect(await lookUp(name)).toMatchObject({ digest: undefined, versions: [], actions: [] })
  })

  it('30: is not moved to when the registry serves another digest', async () => {
    const first = await build('moves-wrong:1')
    const second = await build('moves-wrong:1')
    const path = manifestOf(first)
    const headers = { 'docker-content-digest': second.digest }
    ready.harbor.faults.push({ path, times: 1, headers })
    const id = (await library.imageId('moves-wrong:1')) ?? 0
    expect(await library.rollBack(id, 1)).toHaveProperty('moveId')
    await library.moveNext()
    expect(await lookUp('moves-wrong:1')).toMatchObject({ digest: second.digest })
    // It would be tried again in a second, in the place of a move that a later test makes.
    await library.db
      .updateTable('moves')
      .set({ state: 'refused' })
      .where('image_id', '=', id)
      .where('state', '=', 'pending')
      .execute()
  })

  // Nothing is pinned: what holds is that the name moves only to what the registry serves that is reached by then.
  it('31: is not published when the address leads to another registry after the push', async () => {
    await using elsewhere = await startReadyHarbor({ base: false })
    const made = await pushed('led-away:1')
    const led = await openLibrary(database.db, elsewhere)
    const publishing = led.activities.publishImage(made)
    await expect(publishing).rejects.toEqual(failsWith('registry_mismatch'))
    expect(await lookUp('led-away:1')).toMatchObject({ digest: undefined, versions: [] })
    await library.publish(made)
    expect(await lookUp('led-away:1')).toEqual(once(made.digest))
  })
})

describe('names that several want', () => {
  // The order rule: one build of a name at a time, so two never finish together; the second is told so when it is submitted.
  it('41: go to one build of each pair that is submitted at once, and the other is told', async () => {
    const pairs = Array.from({ length: 50 }, (_, index) => `pair-${index}:1`)
    const submitted = await Promise.all(
      pairs.map(async (name) => Promise.all([library.accept(name), library.accept(name)])),
    )
    const answers = submitted.map((pair) => pair.map(({ answer }) => answer).toSorted())
    expect(answers).toEqual(pairs.map(() => ['accepted', 'in_flight']))
  })

  it('42: stay with a rollback that was asked for after the build was accepted', async () => {
    const first = await build('held:1')
    await build('held:1')
    const late = await pushed('held:1')
    await moveTo('held:1', 1)
    await library.publish(late)
    await library.tag(late)
    expect(await lookUp('held:1')).toMatchObject({
      digest: first.digest,
      versions: [{}, {}, { number: 3, digest: late.digest }],
    })
    expect(tagged('held:1')).toBe(first.digest)
    expect(tagged('held:1', '1-v3')).toBe(late.digest)
    const told = async ({ buildId }: Ready) => showVersion(library.db, buildId)
    expect(await told(first)).toMatchObject({ number: 1, took_name: true })
    expect(await told(late)).toMatchObject({ number: 3, took_name: false })
  })

  it('42: stay with it also when another rollback was refused meanwhile', async () => {
    const first = await build('refused:1')
    const second = await build('refused:1')
    await build('refused:1')
    const id = (await library.imageId('refused:1')) ?? 0
    const moveId = await ask(id, 2)
    // It counts on the first one, which is asked for but not made.
    const late = await pushed('refused:1')
    const gone = { status: 404, body: { errors: [] } }
    ready.harbor.faults.push({ path: manifestOf(second), times: 1, reply: gone })
    await library.moveNext()
    expect(await library.move(moveId)).toMatchObject({ state: 'refused' })
    await moveTo('refused:1', 1)
    await library.publish(late)
    expect(await lookUp('refused:1')).toMatchObject({ digest: first.digest })
  })

  it('42: go to a build that was accepted after the rollback was asked for', async () => {
    await build('asked:1')
    await build('asked:1')
    const id = (await library.imageId('asked:1')) ?? 0
    await library.rollBack(id, 1)
    const fix = await pushed('asked:1')
    await library.moveNext()
    await library.publish(fix)
    expect(await lookUp('asked:1')).toMatchObject({ digest: fix.digest })
  })
})

async function moveTo(name: string, version: number): Promise<void> {
  const moveId = await ask((await library.imageId(name)) ?? 0, version)
  await expect
    .poll(async () => (await library.moveNext(), library.move(moveId)), { interval: 5 })
    .toMatchObject({ state: 'moved', tagged: true })
}

async function ask(imageId: number, version: number): Promise<number> {
  const answer = await library.rollBack(imageId, version)
  if (typeof answer === 'string') throw new Error(answer)
  return answer.moveId
}
