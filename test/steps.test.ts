import { randomBytes } from 'node:crypto'
import { packTar } from 'modern-tar'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient, type Submission } from './client.ts'
import { type Farm, startFarm } from './farm.ts'
import { readIdentity } from './node-credential.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

interface StepsView {
  readonly steps: readonly {
    readonly stage: string
    readonly number: number
    readonly name: string
    readonly line: number | null
    readonly duration_ms: number | null
    readonly cached: boolean
    readonly error: string | null
    readonly transferred_bytes: number
  }[]
  readonly steps_omitted: number
  readonly warnings: readonly { readonly line: number | null; readonly url: string | null }[]
  readonly cache_broken_by: { readonly name: string; readonly line: number | null } | null
  readonly cached: number
  readonly total: number
}

const client = () => createClient(farm.url)
const build = async (submission: Submission) => {
  const { id, status } = await client().build(submission)
  const reply = await client().request(`/api/builds/${id}/steps`)
  expect(reply.status).toBe(200)
  const { steps: summary } = (await (await client().request(`/api/builds/${id}`)).json()) as {
    steps: object
  }
  return { id, status, summary, ...((await reply.json()) as StepsView) }
}
const lines = (second: string) =>
  [`FROM ${farm.baseImage}`, 'RUN echo one > /one', `RUN ${second}`].join('\n')

/** Reports as the node of the first attempt does. */
const report = async (id: string, changed: { begins: boolean; omitted?: number }) => {
  const identity = await readIdentity(farm)
  return client().request(`/agent/builds/${id}/attempts/1/steps`, {
    method: 'POST',
    headers: { ...identity, 'content-type': 'application/json' },
    body: JSON.stringify({ stage: 'building', steps: [], warnings: [], ...changed }),
  })
}

it('says which steps came from the cache and which one broke it', async () => {
  const first = await build({ name: 'steps:1', dockerfile: lines('echo two > /two') })
  expect(first).toMatchObject({ status: 'succeeded', cached: 0, cache_broken_by: { line: 2 } })
  expect(first.summary).toMatchObject({ total: 2, warnings: 0, cache_broken_by: { line: 2 } })
  const written = first.steps.filter(({ line }) => line !== null)
  expect(written.map(({ line, name }) => `${line} ${name.replace(/^\[\d\/\d\] /, '')}`)).toEqual([
    '2 RUN echo one > /one',
    '3 RUN echo two > /two',
  ])
  expect(first.steps.filter(({ duration_ms, error }) => duration_ms === null || error)).toEqual([])
  const logged = await client().follow(first.id)
  for (const { stage, number, name } of first.steps) {
    const told = logged.find(({ line }) => line.stage === stage && line.step === number)
    expect(told?.line.text).toBe(name)
  }

  const again = await build({ name: 'steps:1', dockerfile: lines('echo two > /two') })
  expect(again).toMatchObject({ status: 'succeeded', cache_broken_by: null })
  const cached = again.steps.filter(({ cached: is }) => is).map(({ line }) => line)
  expect(cached).toEqual(expect.arrayContaining([2, 3]))

  const changed = await build({ name: 'steps:1', dockerfile: lines('echo 2 > /two') })
  expect(changed.cache_broken_by).toMatchObject({
    name: expect.stringContaining('RUN echo 2 > /two'),
    line: 3,
  })
})

it('tells how much of a context the daemon was given, and that it was given nothing it has', async () => {
  const body = randomBytes(3_000_000)
  const tar = await packTar([{ header: { name: 'bulk', size: body.length }, body }])
  const { context } = (await (await client().upload(tar)).json()) as { context: string }
  const { context: more } = (await (
    await client().upload(await packTar([{ header: { name: 'more', size: 1 }, body: 'm' }]))
  ).json()) as { context: string }
  const copying = async (name: string, path: string) => {
    const dockerfile = `FROM ${farm.baseImage}\nCOPY bulk ${path}\nCOPY --from=other more /more\n`
    const { steps } = await build({ name, dockerfile, context, contexts: { other: more } })
    const loading = steps.filter(
      ({ stage, name: what }) => stage === 'building' && what.startsWith('load '),
    )
    return new Map(loading.map((step) => [step.name, step.transferred_bytes]))
  }
  const first = await copying('bulk:1', '/one')
  expect([...first.keys()].toSorted()).toEqual(['load build context', 'load context other'])
  expect(first.get('load build context')).toBeGreaterThanOrEqual(body.length)
  expect(first.get('load build context')).toBeLessThan(body.length + 20_000)
  expect(first.get('load context other')).toBeGreaterThan(0)
  expect(first.get('load context other')).toBeLessThan(20_000)
  const again = await copying('bulk:2', '/two')
  expect([...again.values()].reduce((sum, bytes) => sum + bytes, 0)).toBe(0)
})

it('tells warnings with their line and page, and the error of a step with its line', async () => {
  const dockerfile = 'MAINTAINER someone\nRUN exit 3\n'
  const failed = await build({ name: 'steps:2', base_image: farm.baseImage, dockerfile })
  expect(failed.status).toBe('failed')
  expect(failed.warnings).toMatchObject([
    { line: 1, url: expect.stringContaining('maintainer-deprecated') },
  ])
  expect(failed.summary).toMatchObject({ warnings: 1 })
  const wrong = failed.steps.filter(({ error }) => error !== null)
  expect(wrong).toMatchObject([
    { stage: 'building', line: 2, error: expect.stringContaining('exit code: 3') },
  ])
})

it('tells a step to whoever follows the log, while it runs and when it has ended', async () => {
  const id = await client().submit({ name: 'steps:4', dockerfile: lines('sleep 1') })
  const follow = async (headers = {}) => {
    const reply = await client().request(`/api/builds/${id}/logs`, { headers })
    const events = (await reply.text()).matchAll(/^event: step\ndata: (.*)$/gm)
    return [...events].map(([, data]) => JSON.parse(data ?? '') as StepsView['steps'][number])
  }
  const live = (await follow()).filter(({ name }) => name.endsWith('RUN sleep 1'))
  expect(live.at(0)).toMatchObject({ line: 3, duration_ms: null })
  expect(live.at(-1)?.duration_ms).toBeGreaterThanOrEqual(1000)

  const reply = await client().request(`/api/builds/${id}/steps`)
  const { steps, steps_omitted: omitted } = (await reply.json()) as StepsView
  expect(omitted).toBe(0)
  expect(await follow({ 'last-event-id': '1.3' })).toEqual(steps)
})

it('says how many steps it did not keep', async () => {
  const id = await client().submit({ name: 'steps:5', dockerfile: lines('sleep 2') })
  const read = async () =>
    (await (await client().request(`/api/builds/${id}/steps`)).json()) as StepsView
  await expect
    .poll(async () => (await read()).steps.some(({ line }) => line === 3), { timeout: 20_000 })
    .toBe(true)
  const reply = await report(id, { begins: false, omitted: 7 })
  expect(reply.status).toBe(204)
  expect(await read()).toMatchObject({ steps_omitted: 7 })
  await client().cancel(id)
})

it('refuses an attempt that has ended, and has nothing of one that never was', async () => {
  const { id } = await build({ name: 'steps:3', dockerfile: lines('echo two > /two') })
  const reply = await report(id, { begins: true })
  expect(reply.status).toBe(409)
  expect(await reply.json()).toMatchObject({ code: 'stale_attempt' })
  const none = await client().request(`/api/builds/${id}/steps?attempt=9`)
  expect(await none.json()).toMatchObject({ steps: [], warnings: [], cache_broken_by: null })
})
