import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRegistryClient } from '../../registry/client.ts'
import { writeOnce } from '../../registry/write-once.ts'
import { setUpHarbor } from '../../harbor/setup.ts'
import { pushImage } from './push-image.ts'
import { type SomeHarbor, someHarbor } from './some-harbor.ts'

// Harbor's /v2/: tokens as in src/core/service/token/creator.go, what asks for them in src/server/middleware/v2auth.

let some: SomeHarbor
let project: string
beforeEach(async () => {
  some = await someHarbor()
  project = `kiln-${randomUUID().slice(0, 8)}`
  await setUpHarbor(some.harbor, { project })
})
afterEach(async () => some[Symbol.asyncDispose]())

const client = () => createRegistryClient(some.url, some.credential)

describe('a tag of a version', () => {
  it('is written again without harm, which Harbor refuses for the same bytes (4)', async () => {
    const repository = `${project}/app`
    const digest = await pushImage(some, repository, { text: 'one' })
    const manifest = await client().readManifest(repository, digest)
    if (manifest === undefined) throw new Error('no manifest')
    await writeOnce(client(), repository, '1.0-v1', manifest)
    await writeOnce(client(), repository, '1.0-v1', manifest)
    await expect(client().writeManifest(repository, '1.0-v1', manifest)).rejects.toThrow('412')
    expect((await client().readManifest(repository, '1.0-v1'))?.digest).toBe(digest)
  })

  it('is written once although the answer was lost (4)', async ({ skip }) => {
    if (some.fake === undefined) skip('only the fake loses answers')
    const repository = `${project}/app`
    const digest = await pushImage(some, repository, { text: 'one' })
    const manifest = await client().readManifest(repository, digest)
    if (manifest === undefined) throw new Error('no manifest')
    const path = new RegExp(`/v2/${repository}/manifests/1.0-v1`)
    some.fake!.faults.push({ method: 'PUT', path, times: 1, loseAnswer: true })
    await expect(writeOnce(client(), repository, '1.0-v1', manifest)).rejects.toThrow('no answer')
    await writeOnce(client(), repository, '1.0-v1', manifest)
  })
})

describe('the client', () => {
  it('takes no manifest whose header says another digest than its bytes have (8)', async ({
    skip,
  }) => {
    if (some.fake === undefined) skip('only the fake lies')
    const digest = await pushImage(some, `${project}/app`, { text: 'one' })
    const headers = { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }
    some.fake!.faults.push({ method: 'GET', path: /manifests/, times: 9, headers })
    await expect(client().readManifest(`${project}/app`, digest)).rejects.toThrow('digest')
  })

  it('comes back after 429, when it is asked to (2.6)', async ({ skip }) => {
    if (some.fake === undefined) skip('a real Harbor has no limit of its own')
    const digest = await pushImage(some, `${project}/app`, { text: 'one' })
    const reply = { status: 429, headers: { 'retry-after': '0' } }
    some.fake!.faults.push({ method: 'GET', path: /manifests/, times: 2, reply })
    expect(await client().readManifest(`${project}/app`, digest)).toMatchObject({ digest })
  })

  it('tells a token that allows nothing from one that works (8)', async ({ skip }) => {
    if (some.fake === undefined) skip('a wrong password is refused for a while by a real Harbor')
    const digest = await pushImage(some, `${project}/app`, { text: 'one' })
    const wrong = createRegistryClient(some.url, { ...some.credential, password: 'wrong' })
    const denied = wrong.readManifest(`${project}/app`, digest)
    await expect(denied).rejects.toMatchObject({ status: 401 })
    expect(
      some.fake!.requests.filter((line) => line.startsWith('GET') && line.includes(digest)),
    ).toHaveLength(1)
  })
})
