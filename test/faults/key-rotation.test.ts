import { createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { attestNext } from '../../worker/attestations/attest-next.ts'
import { readSignature } from '../../worker/attestations/sign-image.ts'
import { createOwnRegistry, type OwnRegistry } from '../../registry/registries.ts'
import { announce } from '../../worker/signing/announce.ts'
import { readKeys, type SigningKeys } from '../../worker/signing/read-keys.ts'
import { publishExample, pushExample } from '../chain/publish-example.ts'
import { startStores, type Stores } from '../start-stores.ts'

let stores: Stores
beforeAll(async () => {
  stores = await startStores()
})
afterAll(async () => stores[Symbol.asyncDispose]())

const newPem = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()

/** What a worker does with its keys: it announces them, then makes and hangs whatever is wanted. */
async function attestAll(signing: SigningKeys | undefined, own: OwnRegistry = stores.own) {
  const { db } = stores
  await announce(db, signing)
  await db
    .updateTable('attestations')
    .set({ next_try_at: new Date(0) })
    .execute()
  const deps = {
    db,
    own,
    signing,
    builderId: 'kiln',
    log: pino({ level: 'silent' }),
    random: () => 0,
  }
  let count = 0
  while (await attestNext(deps)) count += 1
  return count
}

async function signatures() {
  return stores.db
    .selectFrom('attestations')
    .innerJoin('versions', 'versions.id', 'attestations.version_id')
    .select(['build_id', 'document', 'key_id', 'manifest'])
    .where('kind', '=', 'signature')
    .orderBy('versions.id')
    .execute()
}

function isBy({ signer }: SigningKeys, document: object | null): boolean {
  const { simple } = readSignature(document ?? {})
  return createVerify('sha256')
    .update(simple.payload)
    .verify(createPublicKey(signer.publicKey), Buffer.from(simple.signature, 'base64'))
}

const publish = async (id: string) =>
  publishExample(stores, { id, digest: await pushExample(stores, id) })

it('87: keeps what was signed by a key that is replaced on the way, and signs nothing again', async () => {
  const first = newPem()
  const before = await readKeys(first, '')
  const after = await readKeys(`${newPem()}${first}`, '')
  await publish('build-hung')
  await attestAll(before)
  // The registry goes away between the making of a signature and its hanging.
  await publish('build-made')
  const { username, password } = stores.registry
  const away = createOwnRegistry(
    { url: new URL('http://127.0.0.1:1'), prefix: 'kiln' },
    { username, password },
  )
  expect(await attestAll(before, away)).toBeGreaterThan(0)
  await publish('build-later')
  const made = await signatures()
  expect(made.map(({ manifest }) => manifest !== null)).toEqual([true, false, false])
  await attestAll(after)
  const hung = await signatures()
  expect(hung.every(({ manifest }) => manifest !== null)).toBe(true)
  expect(hung.slice(0, 2).map(({ document }) => document)).toEqual(
    made.slice(0, 2).map(({ document }) => document),
  )
  expect(hung.map(({ key_id: keyId }) => keyId)).toEqual(
    [before, before, after].map(({ signer }) => signer.keyId),
  )
  expect(hung.map(({ document }) => isBy(before, document))).toEqual([true, true, false])
  expect(hung.map(({ document }) => isBy(after, document))).toEqual([false, false, true])
  expect(after.others.map(({ keyId }) => keyId)).toEqual([before.signer.keyId])
  const kept = await signatures()
  await attestAll(after)
  expect(await signatures()).toEqual(kept)
})

it('87: signs nothing without a key, and what waits is signed when there is one again', async () => {
  await publish('build-unsigned')
  expect(await attestAll(undefined)).toBe(0)
  expect((await signatures()).at(-1)).toMatchObject({ document: null, manifest: null })
  const keys = await readKeys(newPem(), '')
  await attestAll(keys)
  expect((await signatures()).at(-1)).toMatchObject({ key_id: keys.signer.keyId })
})
