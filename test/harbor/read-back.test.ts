import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Verification } from '#contract/build.ts'
import { type Digest, parseDigest } from '#contract/image.ts'
import { readBack } from '../../worker/activities/read-back.ts'
import { requireConfig } from '../../worker/activities/require-config.ts'
import { parseManifest } from '../../registry/manifest.ts'
import { createOwnRegistry } from '../../registry/registries.ts'
import { type FakeHarbor, startFakeHarbor } from '../fakes/harbor/harbor.ts'
import { createHarbor } from '../../harbor/harbor.ts'
import { pushImage } from './push-image.ts'

// Reads of /v2/<name>/manifests and /blobs; a Harbor whose parts lag or lie is the fake alone.

let harbor: FakeHarbor
let digest: Digest
let pauses: number[]
const repository = 'kiln/team/app'
beforeEach(async () => {
  harbor = await startFakeHarbor()
  pauses = []
  const surroundings = { newRequestId: randomUUID, random: () => 0, now: () => 0 }
  const admin = createHarbor({ ...surroundings, url: harbor.url, credential: harbor.admin })
  await admin.projects.create('kiln', {})
  digest = await pushImage({ url: harbor.url, credential: harbor.admin }, repository, { text: '1' })
})
afterEach(async () => harbor[Symbol.asyncDispose]())

const own = () => createOwnRegistry({ url: harbor.url, prefix: 'kiln' }, harbor.admin)
const deps = () => ({
  own: own(),
  random: () => 0.5,
  sleep: async (ms: number) => void pauses.push(ms),
})
const absent = { status: 404, body: { errors: [] } }
const other = parseDigest(`sha256:${'0'.repeat(64)}`)

describe('a manifest that was just pushed', () => {
  it('may come late, where a registry is made of several', async () => {
    harbor.faults.push({ method: 'GET', path: /manifests/, times: 3, reply: absent })
    expect(await readBack(deps(), repository, digest)).toMatchObject({ digest })
    expect(pauses).toEqual([200, 400, 800])
  })

  it('is not waited for without end: the attempt fails, and what is published is nothing', async () => {
    harbor.faults.push({ method: 'GET', path: /manifests/, times: 99, reply: absent })
    const read = readBack(deps(), repository, digest)
    await expect(read).rejects.toMatchObject({ type: 'registry_mismatch' })
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBe(19_000)
  })

  it.each([401, 403])('is not asked for again where the farm may not read: %i', async (status) => {
    harbor.faults.push({ method: 'GET', path: /manifests/, times: 99, reply: { status } })
    const read = readBack(deps(), repository, digest)
    await expect(read).rejects.toMatchObject({ type: 'push_denied', nonRetryable: true })
    expect(pauses).toEqual([])
  })
})

describe('the configuration of what was pushed', () => {
  const check = async (seen: { built?: Digest; verified?: Digest }) => {
    const manifest = await readBack(deps(), repository, digest)
    const verification: Verification = {
      digest,
      ...(seen.verified && { configDigest: seen.verified }),
      verdict: 'not_gpu',
      evidence: 'measured',
      nonce: 'n',
      durationMs: 1,
    }
    const built = seen.built && { configDigest: seen.built }
    return requireConfig(own(), repository, manifest, { ...built, verification })
  }
  const config = async () => {
    const { bytes } = await readBack(deps(), repository, digest)
    return parseDigest(parseManifest(bytes)?.config.digest ?? '')
  }

  it('is the one that was built and verified', async () => {
    const seen = await config()
    await expect(check({ built: seen, verified: seen })).resolves.toBeUndefined()
    await expect(check({})).resolves.toBeUndefined()
  })

  it.each([{ built: other }, { verified: other }])(
    'is refused when it is another: %o',
    async (seen) => {
      await expect(check(seen)).rejects.toMatchObject({ type: 'digest_changed' })
    },
  )

  it('must be served as it was written', async () => {
    const reply = { status: 200, body: Buffer.from('{}') }
    harbor.faults.push({ method: 'GET', path: /blobs/, times: 1, reply })
    await expect(check({})).rejects.toMatchObject({ type: 'registry_mismatch' })
  })
})
