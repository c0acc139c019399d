import { afterAll, beforeAll, expect, it } from 'vitest'
import { sql } from 'kysely'
import {
  claimAttestation,
  KeyWithdrawn,
  postponeAttestation,
  storeDocument,
  wantAttestations,
} from '../../records/attestations.ts'
import { announceKeys } from '../../records/signing-keys.ts'
import { type Library, startLibrary } from './kit/library.ts'
import { publishImage } from './kit/publish.ts'

let library: Library
beforeAll(async () => {
  library = await startLibrary()
})
afterAll(async () => library[Symbol.asyncDispose]())

const key = (keyId: string) => ({ keyId, publicKey: keyId, state: 'signing' as const })

async function wanted(name: string) {
  const { imageId, digest } = await publishImage(library, { name }, { steps: [`RUN ${name}`] })
  const { id: versionId } = await library.db
    .selectFrom('versions')
    .select('id')
    .where('image_id', '=', imageId)
    .executeTakeFirstOrThrow()
  await wantAttestations(library.db, versionId, ['signature'])
  return { imageId, versionId, digest, kind: 'signature' as const }
}

it('keeps nothing that was signed with a key which was withdrawn meanwhile', async () => {
  await announceKeys(library.db, [key('first')])
  const due = await wanted('signed:1')
  const other = await wanted('signed:2')
  const document = { signed: 'by the first' }
  expect(await storeDocument(library.db, due, { document, keyId: 'first' })).toEqual(document)
  await announceKeys(library.db, [key('second')])
  const late = storeDocument(library.db, other, { document, keyId: 'first' })
  await expect(late).rejects.toBeInstanceOf(KeyWithdrawn)
  const again = { document: { signed: 'by the second' }, keyId: 'second' }
  expect(await storeDocument(library.db, other, again)).toEqual(again.document)
})

it('is tried for ever, ever more rarely, and says how often and when again', async () => {
  await sql`update attestations set manifest = 'sha256:x'`.execute(library.db)
  const due = await wanted('stubborn:1')
  await library.db
    .updateTable('attestations')
    .set({ tries: 500 })
    .where('version_id', '=', due.versionId)
    .execute()
  const claimed = await claimAttestation(library.db, { kinds: ['signature'], leaseMs: 1_000 })
  expect(claimed).toMatchObject({ versionId: due.versionId, tries: 501 })
  const problem = 'the registry failed to write blob'
  await postponeAttestation(library.db, due, { ms: 6 * 60 * 60_000, problem })
  const { body } = await library.ask('GET', `/api/images/${due.imageId}/versions/1/signature`)
  expect(body).toMatchObject({ state: 'pending', tries: 501, problem })
  const { next_try_at: next } = body as { next_try_at: string }
  expect(Date.parse(next)).toBeGreaterThan(Date.now() + 5 * 60 * 60_000)
})
