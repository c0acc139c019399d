import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'
import { isRunning } from './processes.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

it('ends a build whose workflow an operator has terminated, and stops what it ran', async () => {
  const client = createClient(farm.url)
  const dockerfile = `FROM ${farm.baseImage}\nRUN sleep 60444\n`
  const reply = await client.post({ name: 'ended', dockerfile })
  const { build_id: id } = (await reply.json()) as { build_id: string }
  await expect.poll(() => isRunning('sleep 60444'), { timeout: 60_000 }).toBe(true)
  const connection = await Connection.connect({ address: farm.temporal.address })
  const { workflow } = new Client({ connection, namespace: farm.temporal.namespace })
  await workflow.getHandle(id).terminate('an operator')
  await connection.close()
  const build = await client.until(id, ({ status }) => status !== 'building')
  expect(build).toMatchObject({ status: 'failed', failure: { code: 'terminated', actor: 'farm' } })
  await expect.poll(() => isRunning('sleep 60444'), { timeout: 20_000 }).toBe(false)
  expect(
    (await client.post({ name: 'ended', dockerfile: `FROM ${farm.baseImage}\n` })).status,
  ).toBe(202)
})
