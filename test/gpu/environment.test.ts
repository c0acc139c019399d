import { afterAll, beforeAll, expect, it } from 'vitest'
import { exampleImages } from '../../cuda/verdict/fixtures/example-fleet.ts'
import { connect } from '../../records/connect.ts'
import { createClient } from '../client.ts'
import { createEnvironmentClient } from '../environments/client.ts'
import { nodeClasses } from './kit/node-classes.ts'
import { type SimulatedFarm, startSimulatedFarm } from './kit/simulated-farm.ts'

let farm: SimulatedFarm
let environments: ReturnType<typeof createEnvironmentClient>
beforeAll(async () => {
  farm = await startSimulatedFarm(nodeClasses.h100)
  environments = createEnvironmentClient(farm)
  const built = await createClient(farm.url).build({
    name: 'plain',
    dockerfile: `FROM ${farm.baseImage}\nSTOPSIGNAL SIGKILL\n`,
  })
  if (built.status !== 'succeeded') throw new Error(JSON.stringify(built.failure))
})
afterAll(async () => farm[Symbol.asyncDispose]())

const look = {
  image: 'plain',
  gpu: true,
  command: [
    'sh',
    '-c',
    'ls /dev | grep ^nvidia; echo $NVIDIA_VISIBLE_DEVICES; echo done; sleep 5006.5',
  ],
}

async function seen(id: string) {
  await expect.poll(async () => environments.log(id), { timeout: 20_000 }).toContain('done')
  return (await environments.log(id)).split('\n').filter((line) => /^nvidia\d+$/.test(line))
}

async function slots() {
  const reply = await createClient(farm.url).request('/api/nodes')
  const { nodes } = (await reply.json()) as {
    nodes: { gpu_slots: { uuid: string; environment_id: string | null }[] }[]
  }
  return nodes[0]?.gpu_slots ?? []
}

it('gives each environment exactly one GPU of its own, and a third one none before one is free', async () => {
  const [one, two] = [await environments.run(look), await environments.run(look)]
  const both = [await seen(one), await seen(two)]
  expect(both.map((devices) => devices.length)).toEqual([1, 1])
  expect(new Set(both.flat()).size).toBe(2)
  const held = (await slots()).map(({ environment_id: holder }) => holder)
  expect(new Set(held)).toEqual(new Set([one, two]))

  const three = await environments.create(look)
  const waiting = await environments.until(three, ({ waiting_reason: why }) => why !== null)
  expect(waiting.waiting_reason).toBe('all 1 nodes that fit are full, or their GPUs are taken')
  await environments.stop(one)
  await environments.untilState(three, 'running')
  expect(await seen(three)).toEqual(both[0])
  await environments.stop(two)
  await environments.stop(three)
  expect((await slots()).every(({ environment_id: holder }) => holder === null)).toBe(true)
})

it('shows no GPU to an environment that asked for none', async () => {
  const id = await environments.run({ ...look, gpu: false })
  expect(await seen(id)).toEqual([])
  await environments.stop(id)
})

it('refuses an image that runs on none of the GPUs, with the smallest change that would help', async () => {
  const db = connect(farm.databaseUrl, 1)
  const version = await db.selectFrom('versions').select('digest').executeTakeFirstOrThrow()
  // As if its files said that it was made before there were such cards.
  const facts = exampleImages.get('same with PyPI torch 2.0.1 (cu117)')
  const row = { digest: version.digest, analysis: 1, facts: JSON.stringify(facts), problem: null }
  await db
    .insertInto('image_facts')
    .values({ ...row, next_try_at: new Date() })
    .onConflict((c) => c.column('digest').doUpdateSet(row))
    .execute()
  await db.destroy()
  const reply = await environments.ask('POST', '', look)
  const body = (await reply.json()) as { code: string; detail: string }
  expect([reply.status, body.code]).toEqual([422, 'environment_unfit'])
  expect(body.detail).toMatch(/^computed on NVIDIA H100.* driver 580.65.06.*; what would help: /)
})
