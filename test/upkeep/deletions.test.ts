import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseDigest } from '#contract/image.ts'
import { deleteNext } from '../../worker/deletions/delete-next.ts'
import { attachSimpleSignature } from '../../registry/attach-simple-signature.ts'
import { createRegistryClient } from '../../registry/client.ts'
import { setUpHarbor } from '../../harbor/setup.ts'
import { someHarbor } from '../harbor/some-harbor.ts'
import { refuseDeletion } from '../../records/removals.ts'
import { createOwnRegistry } from '../../registry/registries.ts'
import { type Library, startLibrary } from './kit/library.ts'
import { beginBuild, leadBuild, publishImage } from './kit/publish.ts'
import { push } from './kit/push.ts'

let library: Library
beforeAll(async () => {
  library = await startLibrary()
})
afterAll(async () => library[Symbol.asyncDispose]())

const ask: Library['ask'] = async (...request) => library.ask(...request)
const show = async (path: string) => (await ask('GET', path)).body
const code = async (...request: Parameters<Library['ask']>) => {
  const { status, body } = await ask(...request)
  return [status, (body as { code?: string }).code]
}
const manifest = async (repository: string, reference: string) =>
  library.own.client.readManifest(`kiln/${repository}`, reference)
const deleteAll = async (loop = library.loop) => {
  while (await deleteNext(loop));
}
/** Two versions of a name. */
const publishTwo = async (name: string) => {
  const one = await publishImage(library, { name }, { steps: [`RUN ${name} one`] })
  const two = await publishImage(library, { name }, { steps: [`RUN ${name} two`] })
  return { id: one.imageId, one: one.digest, two: two.digest }
}

describe('a version that is deleted', () => {
  it('goes from the registry with its tag and what hangs on it, once it cannot be undone', async () => {
    const { id, one, two } = await publishTwo('gone:1')
    const path = `/api/images/${id}/versions/1`
    const referrer = await push(library.own, 'gone', { steps: ['RUN referrer'] })
    const list = JSON.stringify({ schemaVersion: 2, manifests: [{ digest: referrer }] })
    await library.own.client.writeManifest('kiln/gone', one.replace(':', '-'), {
      digest: referrer,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      bytes: new TextEncoder().encode(list),
    })
    await attachSimpleSignature(library.own.client, 'kiln/gone', parseDigest(one), {
      payload: new TextEncoder().encode('{}'),
      signature: 'c2lnbmVk',
    })
    expect(await manifest('gone', `${one.replace(':', '-')}.sig`)).toBeDefined()
    const { id: versionId } = await library.db
      .selectFrom('versions')
      .select('id')
      .where('image_id', '=', id)
      .where('number', '=', 1)
      .executeTakeFirstOrThrow()
    await library.db
      .insertInto('attestations')
      .values({ version_id: versionId, kind: 'signature', manifest: referrer })
      .execute()
    expect(await show(`${path}/signature`)).toMatchObject({ state: 'attached' })
    expect(await ask('DELETE', `${path}?grace_seconds=`)).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'grace_seconds' }] },
    })
    expect(await ask('DELETE', `${path}?grace_seconds=0&reason=old`)).toMatchObject({
      status: 202,
      body: { number: 1, deletion: { state: 'pending' } },
    })
    await deleteAll()
    expect(await manifest('gone', one)).toBeUndefined()
    expect(await manifest('gone', '1-v1')).toBeUndefined()
    expect(await manifest('gone', referrer)).toBeUndefined()
    expect(await manifest('gone', one.replace(':', '-'))).toBeUndefined()
    expect(await manifest('gone', `${one.replace(':', '-')}.sig`)).toBeUndefined()
    expect((await manifest('gone', '1'))?.digest).toBe(two)
    expect(await show(path)).toMatchObject({ deletion: { state: 'done', detail: '' } })
    expect(await show(`${path}/signature`)).toMatchObject({ state: 'removed' })
    expect(await show(`/api/images/${id}/versions`)).toMatchObject({ versions: [{ number: 2 }] })
    expect(await code('POST', `/api/images/${id}/rollback`, { version: 1 })).toEqual([
      409,
      'version_deleted',
    ])
    expect(await code('PATCH', path, { pinned: true })).toEqual([409, 'version_deleted'])
    expect(await code('POST', `${path}/restore`)).toEqual([409, 'deletion_begun'])
    const actions = await library.db
      .selectFrom('audit')
      .select(['actor', 'action'])
      .where('object', '=', 'gone:1')
      .where('action', 'like', 'version.%')
      .orderBy('seq')
      .execute()
    expect(actions).toEqual([
      { actor: 'api', action: 'version.delete' },
      { actor: 'farm', action: 'version.remove.begin' },
      { actor: 'farm', action: 'version.remove' },
    ])
    const { imageId } = await publishImage(library, { name: 'gone:1' }, { steps: ['RUN three'] })
    expect(await show(`/api/images/${imageId}`)).toMatchObject({ id })
    expect((await manifest('gone', '1-v3'))?.digest).toBeDefined()
  })

  it('is there again when that is undone', async () => {
    const { id, one } = await publishTwo('undone:1')
    const path = `/api/images/${id}/versions/1`
    await ask('DELETE', path)
    await deleteAll()
    expect((await manifest('undone', '1-v1'))?.digest).toBe(one)
    expect(await ask('POST', `${path}/restore`)).toMatchObject({
      status: 200,
      body: { deletion: null },
    })
    expect((await ask('POST', `/api/images/${id}/rollback`, { version: 1 })).status).toBe(202)
  })

  it('is refused while it is in use, with what uses it', async () => {
    const { id } = await publishTwo('used:1')
    const at = (version: number) => `/api/images/${id}/versions/${version}`
    expect(await ask('DELETE', at(2))).toMatchObject({
      status: 409,
      body: { code: 'in_use', detail: 'the name points at version 2' },
    })
    await ask('PATCH', at(1), { pinned: true })
    expect(await ask('DELETE', at(1))).toMatchObject({ body: { detail: 'version 1 is pinned' } })
    await ask('PATCH', at(1), { pinned: false })
    await ask('POST', `/api/images/${id}/rollback`, { version: 1 })
    expect(await ask('DELETE', at(1))).toMatchObject({
      body: { code: 'in_use', detail: expect.stringContaining('about to move to version 1') },
    })
    expect(await code('DELETE', at(9))).toEqual([404, 'not_found'])
  })

  it('is refused until a move to it has written its tag', async () => {
    const { id } = await publishTwo('untagged:1')
    const versions = library.db.selectFrom('versions').select('id').where('image_id', '=', id)
    const { id: first } = await versions.where('number', '=', 1).executeTakeFirstOrThrow()
    const move = { image_id: id, kind: 'rollback' as const, to_version_id: first, actor: 'api' }
    await library.db
      .insertInto('moves')
      .values({ ...move, state: 'moved', tagged: false })
      .execute()
    const path = `/api/images/${id}/versions/1`
    expect(await code('DELETE', path)).toEqual([409, 'in_use'])
    await library.db.updateTable('moves').set({ tagged: true }).where('image_id', '=', id).execute()
    expect((await ask('DELETE', path)).status).toBe(202)
  })

  it('is in use by its base also when the registry has another name by now', async () => {
    const { id, one } = await publishTwo('renamed:1')
    const dockerfile = `FROM ${library.own.host}/kiln/renamed@${one}\n`
    const build = await beginBuild(library, { name: 'renaming:1', dockerfile })
    await build.resolve()
    await library.db
      .updateTable('images')
      .set({ registry: 'elsewhere.example/kiln/renamed' })
      .where('id', '=', id)
      .execute()
    expect(await code('DELETE', `/api/images/${id}/versions/1`)).toEqual([409, 'in_use'])
    await build.finish()
    expect((await ask('DELETE', `/api/images/${id}/versions/1`)).status).toBe(202)
    const late = await beginBuild(library, { name: 'renaming:2', dockerfile })
    await expect(late.resolve()).rejects.toMatchObject({ type: 'base_not_found' })
    await late.finish()
  })

  it('is refused while a build has it as its base, and no build takes it afterwards', async () => {
    const { id, one } = await publishTwo('base:1')
    const reference = `${library.own.host}/kiln/base@${one}`
    const dockerfile = `FROM ${reference}\n`
    const build = await beginBuild(library, { name: 'child:1', dockerfile })
    await build.resolve()
    const path = `/api/images/${id}/versions/1`
    expect(await ask('DELETE', path)).toMatchObject({
      status: 409,
      body: { code: 'in_use', detail: `${build.id} needs version 1` },
    })
    await build.finish()
    expect((await ask('DELETE', path)).status).toBe(202)
    const late = await beginBuild(library, { name: 'late:1', dockerfile })
    await expect(late.resolve()).rejects.toMatchObject({ type: 'base_not_found' })
    await late.finish()
  })

  it('or the base of a build: exactly one of them, when both are asked for at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const name = `race${round}:1`
      const { id, one } = await publishTwo(name)
      const dockerfile = `FROM ${library.own.host}/kiln/race${round}@${one}\n`
      const build = await beginBuild(library, { name: `racing${round}:1`, dockerfile })
      const [resolved, deleted] = await Promise.all([
        build.resolve().then(
          () => true,
          () => false,
        ),
        ask('DELETE', `/api/images/${id}/versions/1?grace_seconds=0`),
      ])
      expect(deleted.status).toBe(resolved ? 409 : 202)
      await build.finish()
    }
  })

  it('leaves its manifest to an equal version', async () => {
    const image = { steps: ['RUN equal'] }
    const { imageId } = await publishImage(library, { name: 'equal:1' }, image)
    const { digest } = await publishImage(library, { name: 'equal:1' }, image)
    await ask('DELETE', `/api/images/${imageId}/versions/1?grace_seconds=0`)
    await deleteAll()
    expect(await manifest('equal', '1-v1')).toBeUndefined()
    expect((await manifest('equal', '1-v2'))?.digest).toBe(digest)
    expect(await show(`/api/images/${imageId}/versions/1`)).toMatchObject({
      deletion: { state: 'done', detail: expect.stringContaining('the same bytes') },
    })
  })

  it('never lets a build publish the bytes that are being removed', async () => {
    const image = { steps: ['RUN again'] }
    const { imageId } = await publishImage(library, { name: 'again:1' }, image)
    await publishImage(library, { name: 'again:1' }, { steps: ['RUN other'] })
    await ask('DELETE', `/api/images/${imageId}/versions/1?grace_seconds=0`)
    const build = await beginBuild(library, { name: 'again:1' })
    const digest = await build.push(image)
    const client = {
      ...library.own.client,
      // The build reads its bytes back before they are gone, and publishes after.
      readManifest: async (...which: Parameters<typeof library.own.client.readManifest>) => {
        const read = await library.own.client.readManifest(...which)
        await deleteAll()
        return read
      },
    }
    const racing = { ...library, own: { ...library.own, client } }
    await expect(leadBuild(racing, build.id).publish(digest)).rejects.toMatchObject({
      type: 'push_failed',
    })
    expect(await manifest('again', digest)).toBeUndefined()
    expect(await show(`/api/images/${imageId}/versions`)).toMatchObject({
      versions: [{ number: 2 }],
    })
    await build.finish()
  })

  it('waits for a registry that does not answer', async () => {
    const { id } = await publishTwo('waits:1')
    await ask('DELETE', `/api/images/${id}/versions/1?grace_seconds=0`)
    const own = { ...library.own, client: createRegistryClient(new URL('http://127.0.0.1:1')) }
    await deleteAll({ ...library.loop, own })
    expect(await show(`/api/images/${id}/versions/1`)).toMatchObject({
      deletion: { state: 'removing' },
    })
    expect(await code('POST', `/api/images/${id}/versions/1/restore`)).toEqual([
      409,
      'deletion_begun',
    ])
  })
})

describe('a registry that does not answer for a week', () => {
  it('has the deletion refused, once, and the version looked at anew', async () => {
    const { id } = await publishTwo('silent:1')
    const path = `/api/images/${id}/versions/1`
    await ask('DELETE', `${path}?grace_seconds=0`)
    await library.db
      .updateTable('deletions')
      .set({ tries: 177 })
      .where('image_id', '=', id)
      .execute()
    const own = { ...library.own, client: createRegistryClient(new URL('http://127.0.0.1:1')) }
    await deleteAll({ ...library.loop, own })
    expect(await show(path)).toMatchObject({
      deletion: { state: 'refused', refusal: { code: 'registry_silent' } },
    })
    const due = { id: 0, imageId: id, versionId: 0, number: 1, digest: '', tries: 1 }
    const rest = { repository: 'silent', tag: '1', wholeImage: false, wasCurrent: false }
    const refused = { refusal: 'registry_keeps', detail: 'again' } as const
    const row = await library.db
      .selectFrom('deletions')
      .select('id')
      .where('image_id', '=', id)
      .executeTakeFirstOrThrow()
    await refuseDeletion(library.db, { ...due, ...rest, id: row.id }, refused)
    expect(await show(path)).toMatchObject({ deletion: { refusal: { code: 'registry_silent' } } })
    const { due: looked } = await library.db
      .selectFrom('versions')
      .select(sql<boolean>`check_at <= now()`.as('due'))
      .where('image_id', '=', id)
      .where('number', '=', 1)
      .executeTakeFirstOrThrow()
    expect(looked).toBe(true)
  })
})

describe('retention', () => {
  it('tells what would go and why the rest stays, and then deletes exactly that', async () => {
    const name = 'old:1'
    const { id } = await publishTwo(name)
    for (const step of ['three', 'four', 'five']) {
      await publishImage(library, { name }, { steps: [`RUN ${step}`] })
    }
    await library.db
      .updateTable('versions')
      .set({ created_at: new Date('2020-01-01') })
      .where('image_id', '=', id)
      .execute()
    await ask('PATCH', `/api/images/${id}/versions/2`, { pinned: true })
    const path = `/api/images/${id}/retention`
    expect((await ask('GET', `${path}?keep=&days=`)).status).toBe(400)
    expect(await code('GET', '/api/projects/nobody/retention')).toEqual([404, 'not_found'])
    expect(await show(`${path}?keep=2&days=30`)).toMatchObject({
      goes: [3, 1],
      newer: 0,
      versions: [
        {
          number: 5,
          goes: false,
          why: 'the name points at version 5',
          because: 'in_use',
          uses: [{ kind: 'current', by: null }],
        },
        { number: 4, goes: false, why: 'one of the newest 2' },
        { number: 3, goes: true },
        { number: 2, goes: false, why: 'version 2 is pinned' },
        { number: 1, goes: true },
      ],
    })
    const { images } = (await show('/api/projects/default/retention?keep=2&limit=50')) as {
      images: { name: string; goes: number[] }[]
    }
    expect(images.find((image) => image.name === name)?.goes).toEqual([3, 1])
    const rule = { keep: 2, days: 30, grace_seconds: 0 }
    expect(await code('POST', path, { ...rule, versions: [1] })).toEqual([409, 'retention_changed'])
    expect(await ask('POST', path, { ...rule, versions: [1, 3] })).toMatchObject({
      status: 202,
      body: {
        versions: [
          { number: 3, goes: true },
          { number: 1, goes: true },
        ],
      },
    })
    await deleteAll()
    expect(await show(`/api/images/${id}/versions`)).toMatchObject({
      versions: [{ number: 5 }, { number: 4 }, { number: 2 }],
    })
  })
})

describe('an image that is deleted', () => {
  it('is neither listed nor a base any more, and its name and versions go', async () => {
    const { id, one, two } = await publishTwo('whole:1')
    expect(await ask('DELETE', `/api/images/${id}?grace_seconds=0`)).toMatchObject({
      status: 202,
      body: { versions: 2 },
    })
    expect(await code('GET', `/api/images/${id}`)).toEqual([404, 'not_found'])
    expect(
      await code('POST', '/api/images/build', { name: 'whole:1', dockerfile: 'FROM a\n' }),
    ).toEqual([409, 'image_deleting'])
    await deleteAll()
    for (const reference of ['1', '1-v1', '1-v2', one, two]) {
      expect(await manifest('whole', reference)).toBeUndefined()
    }
    const again = await publishImage(library, { name: 'whole:1' }, { steps: ['RUN anew'] })
    expect(again.imageId).toBe(id)
    expect(await show(`/api/images/${id}/versions`)).toMatchObject({ versions: [{ number: 3 }] })
    await ask('DELETE', `/api/images/${id}`)
    expect(await ask('POST', `/api/images/${id}/restore`)).toMatchObject({ status: 200 })
    expect(await show(`/api/images/${id}`)).toMatchObject({ digest: again.digest })
  })

  it('comes back as it was when that is undone', async () => {
    const { id, two } = await publishTwo('back:1')
    await ask('DELETE', `/api/images/${id}`)
    expect(await ask('POST', `/api/images/${id}/restore`)).toMatchObject({ status: 200 })
    expect(await show(`/api/images/${id}`)).toMatchObject({ digest: two, available: true })
    expect(await code('POST', `/api/images/${id}/restore`)).toEqual([404, 'not_found'])
  })

  it('is refused while a build of its name runs', async () => {
    const { id } = await publishTwo('busy:1')
    const build = await beginBuild(library, { name: 'busy:1' })
    expect(await ask('DELETE', `/api/images/${id}`)).toMatchObject({
      status: 409,
      body: { code: 'in_use', detail: `${build.id} builds this name` },
    })
    await build.finish()
  })
})

it('is removed by one try alone: one that was slower than its time lets go of the rest', async () => {
  // What other tests have left to be tried again is not what is taken here.
  await sql`update deletions set next_try_at = now() + interval '1 hour'`.execute(library.db)
  const { id } = await publishTwo('fenced:1')
  await ask('DELETE', `/api/images/${id}/versions/1?grace_seconds=0`)
  const { client } = library.own
  const asked: string[] = []
  const slow = {
    ...client,
    deleteManifest: async (repository: string, reference: string) => {
      asked.push(reference)
      await client.deleteManifest(repository, reference)
      // Meanwhile another worker has taken it over.
      await sql`update deletions set tries = tries + 1 where state = 'removing'`.execute(library.db)
    },
  }
  const own = { ...library.own, client: slow }
  expect(await deleteNext({ ...library.loop, own })).toBe(true)
  expect(asked).toHaveLength(1)
  expect(await show(`/api/images/${id}/versions/1`)).toMatchObject({
    deletion: { state: 'removing' },
  })
  await sql`update deletions set next_try_at = now()`.execute(library.db)
  await deleteAll()
  expect(await show(`/api/images/${id}/versions/1`)).toMatchObject({ deletion: { state: 'done' } })
})

describe('a registry that keeps versions', () => {
  it('keeps them in the library, too, and the reason is told', async () => {
    await using harbor = await someHarbor()
    await setUpHarbor(harbor.harbor, { project: 'kiln' })
    const { username, password } = harbor.credential
    const own = createOwnRegistry({ url: harbor.url, prefix: 'kiln' }, { username, password })
    const inHarbor = { ...library, own, loop: { ...library.loop, own } }
    const name = 'kept:1'
    const one = await publishImage(inHarbor, { name }, { steps: ['RUN one'] })
    await publishImage(inHarbor, { name }, { steps: ['RUN two'] })
    const path = `/api/images/${one.imageId}/versions/1`
    await ask('DELETE', `${path}?grace_seconds=0`)
    await deleteAll(inHarbor.loop)
    expect(await show(path)).toMatchObject({
      deletion: { state: 'refused', refusal: { code: 'registry_keeps' } },
    })
    expect((await own.client.readManifest('kiln/kept', '1-v1'))?.digest).toBe(one.digest)
    expect(await show(`/api/images/${one.imageId}/versions`)).toMatchObject({
      versions: [{ number: 2 }, { number: 1 }],
    })
  })
})
