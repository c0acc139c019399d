import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

interface Version {
  readonly number: number
  readonly digest: string
  readonly current: boolean
  readonly pinned: boolean
  readonly deprecated: string | null
}

interface Move {
  readonly id: number
  readonly state: string
  readonly tagged: boolean
  readonly refusal: { readonly code: string; readonly advice: string } | null
}

describe('versions of a name', () => {
  let farm: Farm
  let client: ReturnType<typeof createClient>
  beforeAll(async () => {
    farm = await startFarm()
    client = createClient(farm.url)
  })
  afterAll(async () => farm[Symbol.asyncDispose]())

  const build = async (name: string, text: string) => {
    const dockerfile = `FROM ${farm.baseImage}\nRUN echo ${text} > /which\n`
    const done = await client.build({ name, dockerfile })
    expect(done).toMatchObject({ status: 'succeeded' })
    return done
  }
  const imageId = async (name: string) => {
    const found = (await client.images()).find((image) => image.name === name)
    return found?.id ?? 0
  }
  const json = async <T>(path: string) => (await (await client.request(path)).json()) as T
  const versions = async (id: number) =>
    (await json<{ versions: readonly Version[] }>(`/api/images/${id}/versions`)).versions
  const change = async (path: string, body: object, method = 'POST') =>
    client.request(path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const rollBack = async (id: number, version: number) => {
    const reply = await change(`/api/images/${id}/rollback`, { version, reason: 'it is broken' })
    expect(reply.status).toBe(202)
    const { id: move } = (await reply.json()) as Move
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(50)) {
      const now = await json<Move>(`/api/images/${id}/moves/${move}`)
      if (now.state === 'refused' || now.tagged) return now
    }
    throw new Error('the move did not end')
  }
  const registryFolder = (repository: string) =>
    join(farm.stateDir, 'registry/data/docker/registry/v2/repositories/kiln', repository)

  it('are listed, and the name goes back and forth between them by their exact digests', async () => {
    const one = await build('team/app:1', 'one')
    const two = await build('team/app:1', 'two')
    const id = await imageId('team/app:1')
    expect(await versions(id)).toMatchObject([
      { number: 2, digest: two.digest, current: true, verification: { verdict: 'not_gpu' } },
      { number: 1, digest: one.digest, current: false },
    ])
    expect(await rollBack(id, 1)).toMatchObject({
      state: 'moved',
      kind: 'rollback',
      from: 2,
      to: 1,
    })
    expect(await json(`/api/images/${id}`)).toMatchObject({ digest: one.digest, size: one.size })
    expect((await farm.manifest('team/app', '1')).digest).toBe(one.digest)
    const child = await client.build({
      name: 'child:1',
      dockerfile: 'FROM team/app:1\nRUN grep one /which\n',
    })
    expect(child).toMatchObject({ status: 'succeeded' })
    await rollBack(id, 2)
    expect((await farm.manifest('team/app', '1')).digest).toBe(two.digest)
    expect((await farm.manifest('team/app', '1-v1')).digest).toBe(one.digest)
    const { moves } = await json<{ moves: readonly object[] }>(`/api/images/${id}/moves`)
    expect(moves).toMatchObject([
      { kind: 'rollback', from: 1, to: 2, actor: 'api', reason: 'it is broken' },
      { kind: 'rollback', from: 2, to: 1 },
      { kind: 'publish', from: 1, to: 2 },
      { kind: 'publish', from: null, to: 1 },
    ])
  })

  it('come in pages', async () => {
    const id = await imageId('team/app:1')
    const first = await json<{ versions: readonly Version[]; next_cursor: string }>(
      `/api/images/${id}/versions?limit=1`,
    )
    expect(first).toMatchObject({ versions: [{ number: 2 }], next_cursor: '2' })
    const second = await json(`/api/images/${id}/versions?limit=1&cursor=${first.next_cursor}`)
    expect(second).toMatchObject({ versions: [{ number: 1 }] })
    expect(second).not.toHaveProperty('next_cursor')
  })

  it('that were moved to by hand hold against a build that was accepted before', async () => {
    const one = await build('held:1', 'one')
    await build('held:1', 'two')
    const id = await imageId('held:1')
    const slow = await client.submit({
      name: 'held:1',
      dockerfile: `FROM ${farm.baseImage}\nRUN sleep 4 && echo three > /which\n`,
    })
    await client.until(slow, ({ stage }) => stage === 'building')
    await rollBack(id, 1)
    const late = await client.until(slow, ({ status }) => status !== 'building')
    expect(late).toMatchObject({ status: 'succeeded' })
    expect(await versions(id)).toMatchObject([
      { number: 3, digest: late.digest, current: false },
      { number: 2, current: false },
      { number: 1, current: true },
    ])
    expect((await farm.manifest('held', '1')).digest).toBe(one.digest)
    expect((await farm.manifest('held', '1-v3')).digest).toBe(late.digest)
    const four = await build('held:1', 'four')
    expect((await farm.manifest('held', '1')).digest).toBe(four.digest)
  })

  it('leave the name to a build that was accepted after somebody asked for another one', async () => {
    await build('asked:1', 'one')
    await build('asked:1', 'two')
    const id = await imageId('asked:1')
    await change(`/api/images/${id}/rollback`, { version: 1 })
    const fix = await build('asked:1', 'three')
    expect((await farm.manifest('asked', '1')).digest).toBe(fix.digest)
  })

  it('whose manifest is gone are refused with the reason, and the name stays', async () => {
    const one = await build('gone:1', 'one')
    const two = await build('gone:1', 'two')
    const id = await imageId('gone:1')
    const hex = one.digest?.slice('sha256:'.length) ?? ''
    await rm(join(registryFolder('gone'), '_manifests/revisions/sha256', hex), { recursive: true })
    const move = await rollBack(id, 1)
    expect(move).toMatchObject({ state: 'refused', refusal: { code: 'version_gone' } })
    expect(move.refusal?.advice).toContain('Build the version again')
    expect(await json(`/api/images/${id}`)).toMatchObject({ digest: two.digest })
    expect((await farm.manifest('gone', '1')).digest).toBe(two.digest)
  })

  it('that have lost a layer are refused', async () => {
    await build('holed:1', 'one')
    const [, layer] = await farm.layers('holed', '1')
    await build('holed:1', 'two')
    const hex = layer?.digest.slice('sha256:'.length) ?? ''
    await rm(join(registryFolder('holed'), '_layers/sha256', hex), { recursive: true })
    const move = await rollBack(await imageId('holed:1'), 1)
    expect(move).toMatchObject({ state: 'refused', refusal: { code: 'version_incomplete' } })
  })

  it('can be pinned and called outdated', async () => {
    const id = await imageId('team/app:1')
    const path = `/api/images/${id}/versions/1`
    const reply = await change(path, { pinned: true, deprecated: 'use 2' }, 'PATCH')
    expect(await reply.json()).toMatchObject({ number: 1, pinned: true, deprecated: 'use 2' })
    await change(path, { deprecated: null }, 'PATCH')
    const [, one] = await versions(id)
    expect(one).toMatchObject({ number: 1, pinned: true, deprecated: null })
  })

  it('that there are not, or that the name has, are refused with the reason', async () => {
    const id = await imageId('team/app:1')
    const at = `/api/images/${id}/rollback`
    const code = async (reply: Response) => ((await reply.json()) as { code: string }).code
    expect(await code(await change(at, { version: 99 }))).toBe('not_found')
    expect(await code(await change(at, { version: 2 }))).toBe('version_current')
    expect(await code(await change(at, { version: '2' }))).toBe('invalid_request')
    expect(await code(await change(at, { version: 3_000_000_000 }))).toBe('invalid_request')
    const far = await client.request(`/api/images/${id}/versions?cursor=3000000000&limit=1`)
    expect(await far.json()).toMatchObject({ versions: [{ number: 2 }] })
    expect(await code(await change('/api/images/999999/rollback', { version: 1 }))).toBe(
      'not_found',
    )
    expect(await code(await change(`/api/images/${id}/versions/1`, {}, 'PATCH'))).toBe(
      'invalid_request',
    )
    expect(
      await code(await change(`/api/images/${id}/versions/99`, { pinned: true }, 'PATCH')),
    ).toBe('not_found')
  })
})
