import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readKeys } from '../../worker/signing/read-keys.ts'
import { type BuildView, createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'

let farm: Farm
let build: BuildView
beforeAll(async () => {
  farm = await startFarm()
  build = await createClient(farm.url).build({
    name: 'team/signed:1.0',
    dockerfile: `FROM ${farm.baseImage}\nRUN echo signed > /what\n`,
  })
})
afterAll(async () => farm[Symbol.asyncDispose]())

it('is by the key that only the worker has', async () => {
  const path = join(farm.stateDir, 'signing-key.pem')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const { signer } = await readKeys(await readFile(path, 'utf8'), '')
  const reply = await fetch(`${farm.url}/api/signing-keys`)
  expect(await reply.json()).toMatchObject({
    keys: [{ id: signer.keyId, state: 'signing', public_key: signer.publicKey }],
  })
})

it.each(['signature', 'provenance', 'sbom'])(
  'hangs on what was published, as the %s',
  async (kind) => {
    const images = await createClient(farm.url).images()
    const image = images.find(({ name }) => name === 'team/signed:1.0')
    const path = `${farm.url}/api/images/${image?.id}/versions/1`
    const read = async () => (await (await fetch(`${path}/${kind}`)).json()) as { state: string }
    const deadline = Date.now() + 60_000
    while ((await read()).state !== 'attached' && Date.now() < deadline) await sleep(100)
    expect(await read()).toMatchObject({
      kind,
      digest: build.digest,
      state: 'attached',
      manifest: expect.stringMatching(/^sha256:/),
      problem: null,
      document: expect.any(Object),
    })
    expect((await fetch(`${path}0/${kind}`)).status).toBe(404)
  },
)
