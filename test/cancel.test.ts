import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'
import { isRunning } from './processes.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

it('cancels a build during RUN: the process ends, the status is cancelled, nothing is published', async () => {
  const client = createClient(farm.url)
  const reply = await client.post({
    name: 'long',
    dockerfile: `FROM ${farm.baseImage}\nRUN sleep 60321\n`,
  })
  const { build_id: id } = (await reply.json()) as { build_id: string }
  await expect.poll(() => isRunning('sleep 60321'), { timeout: 60_000, interval: 20 }).toBe(true)
  const askedAt = performance.now()
  expect((await client.cancel(id)).status).toBe(202)
  await expect.poll(() => isRunning('sleep 60321'), { timeout: 10_000, interval: 5 }).toBe(false)
  const goneMs = performance.now() - askedAt
  const build = await client.until(id, ({ status }) => status !== 'building')
  process.stdout.write(
    `cancel: RUN gone after ${goneMs.toFixed(0)} ms, final after ${(performance.now() - askedAt).toFixed(0)} ms\n`,
  )
  expect(build).toMatchObject({ status: 'cancelled', failure: { code: 'cancelled' } })
  expect(await farm.tags('long')).toEqual([])
  expect((await client.cancel(id)).status).toBe(409)
})

it('cancels a build that waits for a node', async () => {
  const client = createClient(farm.url)
  await farm.processes.agent?.[Symbol.asyncDispose]()
  await expect
    .poll(
      async () =>
        ((await (await client.request('/api/nodes')).json()) as { nodes: { status: string }[] })
          .nodes[0]?.status,
    )
    .toBe('lost')
  const reply = await client.post({ name: 'waits', dockerfile: `FROM ${farm.baseImage}\n` })
  const { build_id: id } = (await reply.json()) as { build_id: string }
  await client.until(id, ({ stage }) => stage === 'waiting')
  await client.cancel(id)
  expect(await client.until(id, ({ status }) => status !== 'building')).toMatchObject({
    status: 'cancelled',
  })
})
