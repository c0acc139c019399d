import { readFile, writeFile, mkdir, rm } from 'node:fs/promises'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { evidenceType } from '#contract/attestation.ts'
import { type Digest, parseDigest } from '#contract/image.ts'
import { storePackages } from '../../records/image-packages.ts'
import { attach } from '../../registry/attach.ts'
import { listReferrers } from '../../registry/list-referrers.ts'
import { parseManifest } from '../../registry/manifest.ts'
import { attestNext } from '../../worker/attestations/attest-next.ts'
import { announce } from '../../worker/signing/announce.ts'
import { readKeys } from '../../worker/signing/read-keys.ts'
import { publishExample, pushExample, repository } from '../chain/publish-example.ts'
import { startStores, type Stores } from '../start-stores.ts'
import { createKiln, type Kiln } from './kit/kiln.ts'

const place = `kiln/${repository}`

let stores: Stores
let kiln: Kiln
let key: string
let digest: Digest
beforeAll(async () => {
  stores = await startStores()
  const { stateDir, own, db, registry } = stores
  const keys = await readKeys(await readFile(stores.signingKey, 'utf8'), '')
  await announce(db, keys)
  digest = await pushExample(stores, 'to be verified')
  await publishExample(stores, { id: 'build-verified', digest })
  const packages = { packages: [], unread: [], truncated: false }
  await storePackages(db, digest, { packages, readBy: 'node', analysis: 1 })
  const log = pino({ level: 'silent' })
  const deps = { db, own, signing: keys, builderId: 'https://kiln.test/builder', log }
  while (await attestNext({ ...deps, random: () => 0.5 }));
  key = join(stateDir, 'kiln.pub')
  await writeFile(key, keys.signer.publicKey)
  await logInAsDockerDoes(join(stateDir, '.docker'), registry)
  kiln = createKiln({ HOME: stateDir })
})
afterAll(async () => stores[Symbol.asyncDispose]())

async function logInAsDockerDoes(folder: string, { host, username, password }: Stores['registry']) {
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }))
}

const reference = (of = `@${digest}`) => `${stores.registry.host}/${place}${of}`

const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const each of undo.splice(0)) await each()
})

/** Changes one bit of what the registry has under a digest, until the test is over. */
async function flip(of: string): Promise<void> {
  const hex = of.slice('sha256:'.length)
  const blobs = 'docker/registry/v2/blobs/sha256'
  const file = join(stores.stateDir, 'registry/data', blobs, hex.slice(0, 2), hex, 'data')
  const bytes = await readFile(file)
  undo.push(async () => writeFile(file, bytes))
  const changed = Buffer.from(bytes)
  changed[Math.floor(bytes.length / 2)]! ^= 1
  await writeFile(file, changed)
}

interface Answer {
  readonly trusted: boolean
  readonly checks: readonly {
    what: string
    state: string
    detail: string
    said_by: string | null
  }[]
}

async function verify(...more: readonly string[]) {
  const { code, stdout } = await kiln.run(['verify', reference(), '--key', key, '--json', ...more])
  const answer = JSON.parse(stdout) as Answer
  const stateOf = (what: string) => answer.checks.find((check) => check.what === what)?.state
  return { code, answer, stateOf }
}

it('says what was checked, what was not, and on whose word', async () => {
  const { code, answer } = await verify()
  expect(code).toBe(0)
  expect(answer).toMatchObject({ trusted: true })
  const states = Object.fromEntries(answer.checks.map(({ what, state }) => [what, state]))
  expect(states).toEqual({
    manifest: 'ok',
    config: 'ok',
    layers: 'unchecked',
    signature: 'ok',
    provenance: 'ok',
    sbom: 'ok',
    evidence: 'absent',
  })
  const provenance = answer.checks.find(({ what }) => what === 'provenance')
  expect(provenance?.detail).toMatch(/https:\/\/kiln\.test\/builder as build-verified\/1/)
  expect(provenance?.said_by).toContain('kiln.pub')

  const { stdout, stderr } = await kiln.run(['verify', reference(), '--key', key, '--layers'])
  expect(stdout).toMatch(/^ok +layers +1, each read and hashed$/m)
  expect(stdout).toMatch(/^absent +evidence/m)
  expect(stderr).toContain('is what was signed')
})

it('does not trust what another key has signed, and asks for one', async () => {
  const other = join(stores.stateDir, 'other.pub')
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await writeFile(other, publicKey.export({ type: 'spki', format: 'pem' }))
  const foreign = await kiln.run(['verify', reference(), '--key', other])
  expect(foreign.code).toBe(7)
  expect(foreign.stdout).toMatch(/^FAILED +signature +none of the given keys has signed it$/m)
  expect(await kiln.run(['verify', reference()])).toMatchObject({ code: 2 })
  await rm(other)
})

it('notices one flipped bit of the configuration', async () => {
  const manifest = await stores.own.client.readManifest(place, digest)
  await flip(parseManifest(manifest!.bytes)!.config.digest)
  const { code, stateOf } = await verify()
  expect([code, stateOf('config')]).toEqual([7, 'failed'])
})

it('notices one flipped bit of a layer when it is to read them', async () => {
  const manifest = await stores.own.client.readManifest(place, digest)
  await flip(parseManifest(manifest!.bytes)!.layers[0]!.digest)
  expect((await verify()).stateOf('layers')).toBe('unchecked')
  const { code, stateOf } = await verify('--layers')
  expect([code, stateOf('layers')]).toEqual([7, 'failed'])
})

it('notices one flipped bit of the manifest, and of each document that hangs on it', async () => {
  const { referrers } = await listReferrers(stores.own.client, place, digest)
  expect(referrers.length).toBeGreaterThanOrEqual(3)
  for (const referrer of referrers) {
    const manifest = await stores.own.client.readManifest(place, referrer.digest)
    await flip(parseManifest(manifest!.bytes)!.layers[0]!.digest)
    const { code, stateOf } = await verify()
    expect([code, stateOf('referrer')]).toEqual([7, 'failed'])
    await undo.pop()?.()
  }
  await flip(digest)
  const flipped = await kiln.run(['verify', reference(), '--key', key, '--json'])
  expect(flipped.code).not.toBe(0)
  expect(JSON.parse(flipped.stdout)).not.toMatchObject({ trusted: true })
})

it('tells the evidence of each kind of GPU, and takes none that is about another image', async () => {
  const hang = async (of: Digest, gpu: string) => {
    const at = '2026-01-01T00:00:00Z'
    const about = { version: 1, node_id: 'node-1', digest: of, evidence: 'measured', passed: true }
    const document = { ...about, finished_at: at, gpu: { name: gpu, driver: '580.65.06' } }
    const attachment = { type: evidenceType, document, annotations: {} }
    await attach(stores.own.client, place, digest, attachment, async (write) => write())
  }
  await hang(digest, 'Tesla T4')
  await hang(digest, 'H100')
  const { code, answer } = await verify()
  const evidence = answer.checks.filter(({ what }) => what === 'evidence')
  expect(code).toBe(0)
  expect(evidence.map(({ state, detail, said_by: who }) => [state, detail, who])).toEqual(
    ['Tesla T4', 'H100'].map((gpu) => [
      'ok',
      `measured, passed, on ${gpu}, driver 580.65.06, at 2026-01-01T00:00:00Z`,
      'node-1, not signed',
    ]),
  )
  await hang(parseDigest(`sha256:${'0'.repeat(64)}`), 'V100')
  expect((await verify()).code).toBe(7)
})

it('says that there is no such image, and what a name of the library needs', async () => {
  const missing = `${stores.registry.host}/kiln/no/such:1`
  const { code, stderr } = await kiln.run(['verify', missing, '--key', key])
  expect(code).toBe(2)
  expect(stderr).toContain('has no kiln/no/such 1')
  const named = await kiln.run(['verify', 'app:1', '--key', key, '--server', 'http://127.0.0.1:1'])
  expect(named.code).toBe(3)
})
