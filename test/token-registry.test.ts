import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from './client.ts'
import { startTokenRegistry, type TokenRegistry } from './fakes/token-registry.ts'
import { type Farm, startFarm } from './farm.ts'

const login = { username: 'robot', password: 'long-lived-password' }
let registry: TokenRegistry
let farm: Farm
beforeAll(async () => {
  registry = await startTokenRegistry({ ...login, refreshToken: '' })
  farm = await startFarm({
    environment: {
      KILN_REGISTRY_URL: `http://${registry.host}`,
      KILN_REGISTRY_USERNAME: login.username,
      KILN_REGISTRY_PASSWORD: login.password,
    },
  })
})
afterAll(async () => {
  await farm[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

it('builds for a registry with a token service, whose password no daemon uses', async () => {
  const dockerfile = `FROM ${farm.baseImage}\nRUN echo hello > /greeting\n`
  const options = { cache: { export: 'max' } }
  const done = await createClient(farm.url).build({ name: 'hello:1.0', dockerfile, options })
  expect(done).toMatchObject({ status: 'succeeded', failure: null })
  const pushes = registry.asked.filter(({ scope }) => scope.includes('push'))
  expect(pushes.map(({ status }) => status)).toContain(200)
  expect(registry.asked.filter(({ program }) => /buildkit/i.test(program))).toEqual([])
})
