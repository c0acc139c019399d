import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
  await Promise.all(['team-a', 'team-b'].map(create))
})
afterAll(async () => farm[Symbol.asyncDispose]())

const client = () => createClient(farm.url)
const create = async (name: string) =>
  client().request('/api/projects', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
const read = async (path: string) =>
  (await (await client().request(path)).json()) as Record<string, unknown>
const build = async (project: string, name: string, dockerfile: string) =>
  client().build({ project, name, dockerfile })

describe('projects', () => {
  it('are listed by name, page by page', async () => {
    expect(await read('/api/projects?limit=2')).toEqual({
      projects: [
        { name: 'default', created_at: expect.any(String) },
        { name: 'team-a', created_at: expect.any(String) },
      ],
      next_cursor: 'team-a',
    })
    const rest = await read('/api/projects?limit=2&cursor=team-a')
    expect(rest).toEqual({ projects: [{ name: 'team-b', created_at: expect.any(String) }] })
  })

  it('say what becomes of GPU images that find no GPU, and nothing goes out unverified unasked', async () => {
    const change = async (body: object, name = 'team-b') =>
      client().request(`/api/projects/${name}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const computed = { mode: 'wait_then_computed', wait_seconds: 0 }
    expect(await read('/api/projects/team-b')).toMatchObject({
      name: 'team-b',
      gpu_policy: null,
      effective_gpu_policy: computed,
    })
    const policy = { mode: 'require_gpu', wait_seconds: 60 }
    const changed = await change({ gpu_policy: policy })
    expect(await changed.json()).toMatchObject({ gpu_policy: policy, effective_gpu_policy: policy })
    expect(await read('/api/projects/team-b')).toMatchObject({ gpu_policy: policy })
    for (const wrong of [
      {},
      { mode: 'none' },
      { ...policy, wait_seconds: -1 },
      { ...policy, x: 1 },
    ]) {
      expect((await change({ gpu_policy: wrong })).status).toBe(400)
    }
    expect((await change({ gpu_policy: policy }, 'team-z')).status).toBe(404)
    const refused = await change({ gpu_policy: { mode: 'allow_unverified' } })
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({
      code: 'unverified_off',
      errors: [{ field: 'gpu_policy.mode' }],
    })
    expect((await (await change({ gpu_policy: null })).json()) as object).toMatchObject({
      gpu_policy: null,
    })
  })

  it('are made once, and only under a name that is a DNS label', async () => {
    const again = await create('team-a')
    expect(again.status).toBe(409)
    expect(await again.json()).toMatchObject({ code: 'project_exists' })
    for (const name of ['Team', '-a', 'a-', 'a.b', 'a/b', '', 'a'.repeat(64)]) {
      const refused = await create(name)
      expect(refused.status).toBe(400)
      expect(await refused.json()).toMatchObject({ errors: [{ field: 'name' }] })
    }
  })

  it('are named by a build and shown with it, with its image and in Temporal', async () => {
    const done = await build('team-a', 'of-a:1', `FROM ${farm.baseImage}\n`)
    expect(done).toMatchObject({ status: 'succeeded', project: 'team-a' })
    const { builds } = await read('/api/builds?project=team-a')
    expect(builds).toMatchObject([{ id: done.id, project: 'team-a' }])
    expect(await read('/api/builds?project=team-b')).toEqual({ builds: [] })
    const { images } = (await read('/api/images?project=team-a')) as { images: { id: number }[] }
    expect(images).toMatchObject([{ name: 'of-a:1' }])
    expect(await read(`/api/images/${images[0]?.id}`)).toMatchObject({ project: 'team-a' })
    const connection = await Connection.connect({ address: farm.temporal.address })
    const { workflow } = new Client({ connection, namespace: farm.temporal.namespace })
    const { searchAttributes } = await workflow.getHandle(done.id).describe()
    expect(searchAttributes).toMatchObject({ KilnProject: ['team-a'] })
    await connection.close()
  })

  it('must exist', async () => {
    const reply = await client().post({ project: 'nobody', name: 'x', dockerfile: 'FROM x\n' })
    expect(reply.status).toBe(422)
    expect(await reply.json()).toMatchObject({
      code: 'project_unknown',
      errors: [{ field: 'project' }],
    })
  })

  it('keep their repositories and what lies in them to themselves', async () => {
    const mine = await build('team-a', 'private/thing:1', `FROM ${farm.baseImage}\n`)
    const dockerfile = `FROM ${farm.baseImage}\n`
    for (const name of ['private/thing:1', 'private/thing:2']) {
      const reply = await client().post({ project: 'team-b', name, dockerfile })
      expect(reply.status).toBe(409)
      expect(await reply.json()).toMatchObject({ code: 'name_taken' })
    }
    const { host } = new URL(farm.registry.url)
    const references = [
      `${host}/kiln/private/thing:1`,
      `${host}/kiln/private/thing@${mine.digest}`,
      `${host}/kiln/not-in-the-library:1`,
    ]
    for (const reference of references) {
      const stolen = await build('team-b', 'thief', `FROM ${reference}\n`)
      expect(stolen.failure).toMatchObject({ code: 'base_not_found', line: 1 })
    }
    const trigger = `FROM ${farm.baseImage}\nONBUILD COPY --from=${host}/kiln/private/thing@${mine.digest} / /taken\n`
    expect(await build('team-b', 'trap', trigger)).toMatchObject({ status: 'succeeded' })
    const trapped = await build('team-b', 'thief', 'FROM trap\n')
    expect(trapped.failure).toMatchObject({
      code: 'base_not_found',
      message: expect.stringContaining('denied by policy'),
    })
    for (const reference of ['private/thing:1', ...references.slice(0, 2)]) {
      const done = await build('team-a', 'heir', `FROM ${reference}\n`)
      expect(done).toMatchObject({ status: 'succeeded' })
    }
  })
})
