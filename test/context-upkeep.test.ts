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
