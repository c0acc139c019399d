import { packTar } from 'modern-tar'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect, type Pool } from '../records/connect.ts'
import { dropIdleContexts } from '../records/contexts.ts'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

let farm: Farm
let db: Pool
beforeAll(async () => {
  farm = await startFarm({ agent: false })
  db = connect(farm.databaseUrl, 1)
})
afterAll(async () => {
  await db.destroy()
  await farm[Symbol.asyncDispose]()
})

it('drops a context that nobody uses, keeps one that a running build needs, and takes both again', async () => {
  const client = createClient(farm.url)
  const upload = async (text: string) => {
    const body = new TextEncoder().encode(text)
    const reply = await client.upload(
      await packTar([{ header: { name: 'x', size: body.length }, body }]),
    )
    return ((await reply.json()) as { context: string }).context
  }
  const idle = await upload('idle')
  const needed = await upload('needed')
  const dockerfile = `FROM ${farm.baseImage}\nCOPY x /\n`
  expect((await client.post({ name: 'needs', dockerfile, context: needed })).status).toBe(202)
  const drop = async (idleMs: number) => {
    const removed: string[] = []
    const remove = async (digest: string) => void removed.push(digest)
    expect(await dropIdleContexts(db, { idleMs, limit: 10 }, remove)).toEqual(removed)
    return removed
  }
  expect(await drop(60_000)).toEqual([])
  expect(await drop(0)).toEqual([idle])
  expect((await client.post({ name: 'late', dockerfile, context: idle })).status).toBe(422)
  expect(await upload('idle')).toBe(idle)
  expect((await client.post({ name: 'late', dockerfile, context: idle })).status).toBe(202)
})

it('tells whether a context is kept, to the project that has sent it and to no other', async () => {
  const client = createClient(farm.url)
  const send = async (method: string, path: string, body?: FormData) =>
    client.request(path, { method, ...(body !== undefined && { body }) })
  const name = JSON.stringify({ name: 'other' })
  const headers = { 'content-type': 'application/json' }
  await client.request('/api/projects', { method: 'POST', headers, body: name })
  const form = () => {
    const data = new FormData()
    data.append('file', new Blob(['known']), 'x')
    return data
  }
  const reply = await send('POST', '/api/contexts', form())
  const stored = (await reply.json()) as { context: string }
  expect(stored).toEqual({ context: expect.stringMatching(/^sha256:/), bytes: 10240, files: 1 })

  const path = `/api/contexts/${stored.context}`
  expect((await send('HEAD', path)).status).toBe(200)
  expect(await (await send('GET', path)).json()).toEqual(stored)
  expect((await send('HEAD', `${path}?project=other`)).status).toBe(404)
  const dockerfile = `FROM ${farm.baseImage}\nCOPY x /\n`
  const build = { name: 'stolen', project: 'other', dockerfile, context: stored.context }
  const refused = await client.post(build)
  expect(await refused.json()).toMatchObject({ code: 'context_unknown' })
  await send('POST', '/api/contexts?project=other', form())
  expect((await send('HEAD', `${path}?project=other`)).status).toBe(200)
  expect((await client.post(build)).status).toBe(202)

  expect((await send('HEAD', `/api/contexts/sha256:${'0'.repeat(64)}`)).status).toBe(404)
  expect((await send('GET', '/api/contexts/x')).status).toBe(400)
  expect((await send('POST', '/api/contexts?project=none', form())).status).toBe(422)
})
