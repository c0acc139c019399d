import { afterAll, beforeAll, expect, it } from 'vitest'
import { createBuildctl } from '../conformance/buildctl.ts'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'

const marker = 'THE FOREIGN FRONTEND RAN'

let farm: Farm
let image: string
beforeAll(async () => {
  farm = await startFarm()
  image = `${new URL(farm.registry.url).host}/kiln/foreign/frontend:1`
  await client().build({
    name: 'foreign/frontend:1',
    dockerfile: [
      `FROM ${farm.baseImage}`,
      'COPY --chmod=755 <<EOF /frontend',
      '#!/bin/sh',
      `echo "${marker}" | tee /dev/stderr`,
      'exit 1',
      'EOF',
      'LABEL moby.buildkit.frontend.network.none="true"',
      'ENTRYPOINT ["/frontend"]',
    ].join('\n'),
  })
})
afterAll(async () => farm[Symbol.asyncDispose]())

const client = () => createClient(farm.url)
const dockerfile = () =>
  [`# syntax=${image}`, `FROM ${farm.baseImage}`, 'RUN echo built in > /frontend-was'].join('\n')

it('never runs the image of a # syntax line, and says so in the log', async () => {
  const { config } = await farm.config('foreign/frontend', '1')
  expect(config).toMatchObject({ Entrypoint: ['/frontend'] })
  const done = await client().build({ name: 'with-foreign-syntax', dockerfile: dockerfile() })
  expect(done).toMatchObject({ status: 'succeeded', failure: null, attempt: 1 })
  const texts = (await client().follow(done.id)).map(({ line }) => line.text)
  expect(texts[0]).toContain(`"# syntax=${image}" is ignored`)
  expect(texts.filter((text) => text.includes(marker))).toEqual([])
  const { steps } = (await (await client().request(`/api/builds/${done.id}/steps`)).json()) as {
    steps: { name: string }[]
  }
  expect(steps.map(({ name }) => name).filter((name) => name.includes('foreign'))).toEqual([])
})

it('has a daemon that would not run it either, whoever asks', async () => {
  await using buildctl = await createBuildctl(farm.buildkitAddress, farm.registry)
  const asked = { dockerfile: dockerfile(), context: farm.stateDir, image: `${image}-made` }
  for (const flags of [[], ['--frontend', 'gateway.v0', '--opt', `source=${image}`]]) {
    const ended = await buildctl.build({ ...asked, flags })
    expect(ended).toMatchObject({ error: expect.stringContaining('gateway.v0') })
    expect(ended).not.toMatchObject({ error: expect.stringContaining(marker) })
  }
})
