import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { isRunning } from '../processes.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

const client = () => createClient(farm.url)
const send = async (method: string, path: string, body: object) =>
  client().request(path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

it('serves the layer that secret S1 made to no build with S2 of another project', async () => {
  const dockerfile = [
    `FROM ${farm.baseImage}`,
    'RUN --mount=type=secret,id=k,required=true cp /run/secrets/k /made-with',
    'RUN echo "made with $(cat /made-with)"',
  ].join('\n')
  for (const [project, value] of [
    ['tenant-one', 'value-of-S1'],
    ['tenant-two', 'value-of-S2'],
  ] as const) {
    expect((await send('POST', '/api/projects', { name: project })).status).toBe(201)
    expect((await send('PUT', `/api/projects/${project}/secrets/k`, { value })).status).toBe(201)
    const options = { secrets: [{ id: 'k', secret: 'k' }], network: 'none' }
    const done = await client().build({ project, name: project, dockerfile, options })
    expect(done).toMatchObject({ status: 'succeeded' })
    const steps = (await (await client().request(`/api/builds/${done.id}/steps`)).json()) as {
      steps: { name: string; cached: boolean }[]
    }
    const copying = steps.steps.filter(({ name }) => name.includes('/made-with'))
    expect(copying.map(({ cached }) => cached)).toEqual([false, false])
    const told = (await client().follow(done.id)).map(({ line }) => line.text)
    // The value is a secret, so the log says it was printed without saying it.
    expect(told).toContain('made with ***')
    expect(told.join('\n')).not.toContain('value-of')
  }
})

it('leaves no process of a step after kill -9 of its buildkitd', async () => {
  const reply = await client().post({
    name: 'orphan',
    dockerfile: `FROM ${farm.baseImage}\nRUN sleep 61.5 & sleep 62.5\n`,
  })
  const { build_id: id } = (await reply.json()) as { build_id: string }
  await expect.poll(() => isRunning('sleep 62.5'), { timeout: 60_000 }).toBe(true)
  await farm.kill('buildkitd')
  await client().until(id, ({ attempt, stage }) => attempt > 1 && stage === 'building')
  await expect.poll(() => isRunning('sleep 62.5'), { timeout: 60_000 }).toBe(true)
  await client().cancel(id)
  await client().until(id, ({ status }) => status === 'cancelled')
  await expect.poll(() => isRunning('sleep 61.5'), { timeout: 10_000 }).toBe(false)
  await expect.poll(() => isRunning('sleep 62.5'), { timeout: 10_000 }).toBe(false)
})
