import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

interface NodeView {
  readonly id: string
  readonly running: number
  readonly drain: { readonly reason: string; readonly done: boolean } | null
}

it('drains a node: what it builds ends well, what comes later waits and is told why', async () => {
  const client = createClient(farm.url)
  const ask = async (path: string, body?: object) => {
    const headers = { 'content-type': 'application/json' }
    const request = body && { method: 'POST', headers, body: JSON.stringify(body) }
    const reply = await client.request(`/api/nodes${path}`, request)
    expect(reply.status).toBe(200)
    return reply.json()
  }
  const { nodes } = (await ask('')) as { nodes: NodeView[] }
  const id = nodes[0]?.id ?? ''
  const look = async () => (await ask(`/${id}`)) as NodeView
  expect(nodes[0]).toMatchObject({ drain: null })

  const running = await client.submit({
    name: 'running',
    dockerfile: `FROM ${farm.baseImage}\nRUN sleep 3\n`,
  })
  await client.until(running, ({ stage }) => stage === 'building')
  expect(await ask(`/${id}/drain`, { reason: 'a new driver' })).toMatchObject({
    running: 1,
    drain: { reason: 'a new driver', done: false },
  })
  const later = await client.submit({ name: 'later', dockerfile: `FROM ${farm.baseImage}\n` })
  const waiting = await client.until(later, ({ waiting_reason: reason }) => reason !== null)
  expect(waiting.waiting_reason).toMatch(
    /^all 1 ready nodes take no more builds: .*: a new driver$/,
  )
  const ended = await client.until(running, ({ status }) => status !== 'building')
  expect(ended).toMatchObject({ status: 'succeeded', attempt: 1 })
  await expect.poll(look, { timeout: 10_000 }).toMatchObject({ running: 0, drain: { done: true } })

  expect(await ask(`/${id}/resume`, {})).toMatchObject({ drain: null })
  const resumed = await client.until(later, ({ status }) => status !== 'building')
  expect(resumed).toMatchObject({ status: 'succeeded' })
})

it('knows no drain of a node that is none', async () => {
  const headers = { 'content-type': 'application/json' }
  const request = { method: 'POST', headers, body: '{}' }
  const reply = await createClient(farm.url).request('/api/nodes/node-none/drain', request)
  expect(reply.status).toBe(404)
})
