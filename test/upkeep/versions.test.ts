import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storePackages } from '../../records/image-packages.ts'
import { inspectNext } from '../../worker/inspection/inspect-next.ts'
import { createRegistryClient } from '../../registry/client.ts'
import { type Library, startLibrary } from './kit/library.ts'
import { publishImage } from './kit/publish.ts'

let library: Library
beforeAll(async () => {
  library = await startLibrary()
})
afterAll(async () => library[Symbol.asyncDispose]())

const inspectAll = async () => {
  while (await inspectNext(library.loop));
}
const show = async (path: string) => (await library.ask('GET', path)).body

describe('a published version', () => {
  it('is described from the registry, with the base that it was built on', async () => {
    const steps = ['ADD root /', 'RUN one']
    await publishImage(library, { name: 'base:1' }, { steps })
    const { imageId } = await publishImage(
      library,
      { name: 'app:1', dockerfile: 'FROM base:1\nRUN two\n' },
      { steps: [...steps, 'RUN two'], config: { Env: ['A=1'], User: 'me', Labels: null } },
    )
    const path = `/api/images/${imageId}/versions/1`
    expect(await show(path)).toMatchObject({
      layers: null,
      config: null,
      base: null,
      checked_at: null,
    })
    await inspectAll()
    expect(await show(path)).toMatchObject({
      checked_at: expect.any(String),
      missing: [],
      build: { submitted_by: 'api', dockerfile: 'FROM base:1\nRUN two\n' },
      base: { reference: 'base:1', layers: 2 },
      layers: [
        { made_by: 'ADD root /', from_base: true },
        { made_by: 'RUN one', from_base: true },
        { made_by: 'RUN two', from_base: false },
      ],
      config: { env: ['A=1'], user: 'me', labels: {}, entrypoint: null },
    })
  })

  it('is compared with another one by layers, configuration and size', async () => {
    const name = 'compared:1'
    const { imageId } = await publishImage(
      library,
      { name },
      { steps: ['ADD root /', 'RUN one'], config: { Env: ['A=1'] } },
    )
    await publishImage(
      library,
      { name },
      { steps: ['ADD root /', 'RUN two longer'], config: { Env: ['A=2'], Cmd: ['sh'] } },
    )
    const path = `/api/images/${imageId}/versions/1/diff/2`
    expect(await show(path)).toMatchObject({
      layers: null,
      config: null,
      software: null,
      packages: null,
      unknown: [{ version: 1 }, { version: 2 }, {}, {}, {}, {}],
    })
    await inspectAll()
    const versions = await library.db
      .selectFrom('versions')
      .select('digest')
      .where('image_id', '=', imageId)
      .orderBy('number')
      .execute()
    for (const [index, { digest }] of versions.entries()) {
      const version = String(index)
      const packages = [
        { kind: 'deb' as const, name: 'libc6', version: '2.36' },
        { kind: 'python' as const, name: 'torch', version },
        { kind: 'python' as const, name: 'numpy', version },
      ]
      const found = { packages, unread: [], truncated: false }
      await storePackages(library.db, digest, { packages: found, readBy: 'node', analysis: 1 })
    }
    expect(await show(`${path}?limit=1`)).toMatchObject({
      packages: { changes: [{ name: 'python numpy' }], next_cursor: 'python numpy' },
    })
    expect(await show(`${path}?limit=1&cursor=python%20numpy`)).toMatchObject({
      packages: { changes: [{ name: 'python torch', change: 'changed', from: '0', to: '1' }] },
    })
    expect(await show(path)).toMatchObject({
      same: false,
      config: {
        env: [{ name: 'A', change: 'changed', from: '1', to: '2' }],
        settings: [{ name: 'cmd', change: 'added', to: '["sh"]' }],
      },
      layers: {
        shared: { count: 1 },
        removed: [{ made_by: 'RUN one' }],
        added: [{ made_by: 'RUN two longer' }],
      },
    })
    expect((await library.ask('GET', `/api/images/${imageId}/versions/1/diff/9`)).status).toBe(404)
  })

  it('says what the registry has lost of it, until it has it again', async () => {
    const image = { steps: ['RUN kept', 'RUN lost'] }
    const { imageId, digest } = await publishImage(library, { name: 'holed:1' }, image)
    await inspectAll()
    const path = `/api/images/${imageId}/versions/1`
    const { layers } = (await show(path)) as { layers: { digest: string }[] }
    const lost = layers[1]?.digest ?? ''
    const links = join(library.dataDir, 'docker/registry/v2/repositories/kiln/holed/_layers/sha256')
    await rm(join(links, lost.slice('sha256:'.length)), { recursive: true })
    const again = async () => {
      await library.db
        .updateTable('versions')
        .set({ check_at: sql<Date>`now()` })
        .execute()
      await inspectAll()
    }
    await again()
    expect(await show(path)).toMatchObject({ missing: [{ part: 'layer', digest: lost }] })
    expect(
      await library.db
        .selectFrom('audit')
        .select('detail')
        .where('action', '=', 'version.inspect')
        .where('object', '=', digest)
        .executeTakeFirst(),
    ).toMatchObject({ detail: { missing: [{ part: 'layer' }] } })
    const bytes = new TextEncoder().encode('layer of RUN lost')
    const kept = layers[0]?.digest ?? ''
    await rm(join(links, kept.slice('sha256:'.length)), { recursive: true })
    await library.own.client.writeBlob('kiln/holed', lost, bytes)
    await again()
    expect(
      await library.db
        .selectFrom('audit')
        .select('detail')
        .where('action', '=', 'version.inspect')
        .where('object', '=', digest)
        .orderBy('seq', 'desc')
        .executeTakeFirst(),
    ).toMatchObject({ detail: { missing: [{ part: 'layer', digest: kept }] } })
    const other = new TextEncoder().encode('layer of RUN kept')
    await library.own.client.writeBlob('kiln/holed', kept, other)
    await again()
    expect(await show(path)).toMatchObject({ missing: [] })
  })

  it('has the tags that it should, whoever has moved or never written them, and none once it is deleted', async () => {
    const { client } = library.own
    const one = await publishImage(library, { name: 'tagged:1' }, { steps: ['RUN tagged one'] })
    const two = await publishImage(library, { name: 'tagged:1' }, { steps: ['RUN tagged two'] })
    const leads = async (tag: string) => (await client.readManifest('kiln/tagged', tag))?.digest
    const again = async () => {
      await library.db
        .updateTable('versions')
        .set({ check_at: sql<Date>`now()` })
        .execute()
      await inspectAll()
    }
    const first = await client.readManifest('kiln/tagged', one.digest)
    if (first === undefined) throw new Error('it is gone')
    await client.writeManifest('kiln/tagged', '1', first)
    await client.deleteManifest('kiln/tagged', '1-v1')
    expect([await leads('1'), await leads('1-v1')]).toEqual([one.digest, undefined])
    await again()
    expect([await leads('1'), await leads('1-v1')]).toEqual([two.digest, one.digest])
    const rows = await library.db
      .selectFrom('audit')
      .select(['object', 'detail'])
      .where('action', '=', 'version.tag')
      .orderBy('seq')
      .execute()
    expect(rows).toHaveLength(2)
    expect(rows).toContainEqual({
      object: two.digest,
      detail: { tag: '1', before: one.digest, version: expect.any(Number) },
    })
    await library.ask('DELETE', `/api/images/${one.imageId}/versions/1?grace_seconds=600`)
    await client.deleteManifest('kiln/tagged', '1-v1')
    await again()
    expect(await leads('1-v1')).toBeUndefined()
  })

  it('is asked for again later when the registry does not answer', async () => {
    await publishImage(library, { name: 'away:1' }, { steps: ['RUN away'] })
    const own = { ...library.own, client: unreachable }
    expect(await inspectNext({ ...library.loop, own })).toBe(true)
    const row = await library.db
      .selectFrom('versions')
      .select(['check_tries', 'missing', 'checked_at'])
      .select(sql<boolean>`check_at > now()`.as('later'))
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ check_tries: 1, missing: null, checked_at: null, later: true })
  })
})

/** Nothing listens there. */
const unreachable = createRegistryClient(new URL('http://127.0.0.1:1'))
