import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { type HarborFarm, startHarborFarm } from './kit/harbor-farm.ts'

let farm: HarborFarm
beforeAll(async () => {
  farm = await startHarborFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

const client = () => createClient(farm.url)
const json = async <T>(path: string) => (await (await client().request(path)).json()) as T
const build = async (name: string, text: string) => {
  const dockerfile = `FROM ${farm.baseImage}\nRUN echo ${text} > /which\n`
  const done = await client().build({ name, dockerfile })
  expect(done).toMatchObject({ status: 'succeeded', failure: null, attempt: 1 })
  return done
}
/** What Harbor has under a tag of `kiln/<repository>`. */
const tagged = (repository: string, tag: string) => {
  const projects = [...farm.harbor.state.projects.values()]
  const ours = projects.find(({ name }) => name === 'kiln')
  return ours?.repositories.get(repository)?.tags.get(tag)
}

it('builds, publishes, rolls back and builds on, on a Harbor through its token service', async () => {
  const one = await build('team/app:1', 'one')
  const two = await build('team/app:1', 'two')
  const { id } = (await client().images()).find(({ name }) => name === 'team/app:1') ?? { id: 0 }
  expect(await json(`/api/images/${id}/versions`)).toMatchObject({
    versions: [
      { number: 2, digest: two.digest, current: true },
      { number: 1, digest: one.digest, current: false },
    ],
  })
  const asked = await client().request(`/api/images/${id}/rollback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ version: 1 }),
  })
  const { id: move } = (await asked.json()) as { id: number }
  for (;;) {
    const now = await json<{ state: string; tagged: boolean }>(`/api/images/${id}/moves/${move}`)
    if (now.tagged) break
    expect(now.state).not.toBe('refused')
    await sleep(50)
  }
  expect(tagged('team/app', '1')).toBe(one.digest)
  expect(tagged('team/app', '1-v1')).toBe(one.digest)
  expect(tagged('team/app', '1-v2')).toBe(two.digest)
  const child = 'FROM team/app:1\nRUN grep one /which\n'
  expect(await client().build({ name: 'child:1', dockerfile: child })).toMatchObject({
    status: 'succeeded',
  })
})
