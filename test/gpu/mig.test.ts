import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect, type Pool } from '../../records/connect.ts'
import { createClient } from '../client.ts'
import { gpuImage } from './kit/gpu-image.ts'
import { nodeClasses } from './kit/node-classes.ts'
import { setGpuPolicy } from './kit/set-gpu-policy.ts'
import { type SimulatedFarm, startSimulatedFarm } from './kit/simulated-farm.ts'

const { migSlice } = nodeClasses
const instances = migSlice.migs.map(({ uuid }) => uuid)

let farm: SimulatedFarm
let db: Pool
beforeAll(async () => {
  farm = await startSimulatedFarm(migSlice)
  db = connect(farm.databaseUrl)
  await setGpuPolicy(farm.url, { mode: 'require_gpu', wait_seconds: 60 })
})
afterAll(async () => {
  await db.destroy()
  await farm[Symbol.asyncDispose]()
})

it('offers the instances of a divided GPU, and not the card', async () => {
  const reply = await createClient(farm.url).request('/api/nodes')
  const { nodes } = (await reply.json()) as { nodes: { gpu_slots: { uuid: string }[] }[] }
  expect(nodes[0]?.gpu_slots.map(({ uuid }) => uuid)).toEqual(instances)
})

it('verifies each image on one instance, which is all that it sees', async () => {
  const image = await gpuImage(farm)
  const client = createClient(farm.url)
  const ids = await Promise.all(
    [1, 2, 3].map(async (n) => client.submit({ name: `team/mig-${n}:1`, ...image })),
  )
  const done = await Promise.all(
    ids.map(async (id) => client.until(id, ({ status }) => status !== 'building')),
  )
  for (const { status, verification } of done) {
    expect({ status, verification }).toMatchObject({
      status: 'succeeded',
      verification: { verdict: 'gpu', evidence: 'simulated', gpu: { mig: '1g.10gb' } },
    })
  }
  const kept = await db.selectFrom('evidence').select(['gpu', 'report']).execute()
  const uses = kept.map(({ gpu, report }) => {
    const { runs } = report as { runs: { driver: { device_count: number; devices: object[] } }[] }
    return { granted: gpu?.uuid, driver: runs[0]?.driver }
  })
  expect(uses).toHaveLength(3)
  for (const { granted, driver } of uses) {
    expect(instances).toContain(granted)
    expect(driver).toMatchObject({
      device_count: 1,
      devices: [{ uuid: granted, name: expect.stringContaining('MIG 1g.10gb (simulated)') }],
    })
  }
  const leases = await db.selectFrom('gpu_leases').select(['uuid', 'released_at']).execute()
  expect(new Set(leases.map(({ uuid }) => uuid)).isSubsetOf(new Set(instances))).toBe(true)
  expect(leases.map(({ released_at: at }) => at)).not.toContain(null)
})
