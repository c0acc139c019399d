import { generateKeyPairSync } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleAnnotations, bundleType, predicateTypes } from '#contract/attestation.ts'
import type { Digest } from '#contract/image.ts'
import type { ImagePackages } from '#contract/image-packages.ts'
import { provenanceStatement } from '#contract/wire/provenance.ts'
import { run } from '../../process/run.ts'
import { findAttestation } from '../../records/attestations.ts'
import { storePackages } from '../../records/image-packages.ts'
import { listSigningKeys } from '../../records/signing-keys.ts'
import { attach } from '../../registry/attach.ts'
import { attachSimpleSignature } from '../../registry/attach-simple-signature.ts'
import { attestNext } from '../../worker/attestations/attest-next.ts'
import { readSignature, signImage } from '../../worker/attestations/sign-image.ts'
import { announce } from '../../worker/signing/announce.ts'
import { readKeys, type SigningKeys } from '../../worker/signing/read-keys.ts'
import { findTool } from '../find-tool.ts'
import { type Cosign, createCosign } from './create-cosign.ts'
import { publishExample, pushExample, repository } from './publish-example.ts'
import { startStores, type Stores } from '../start-stores.ts'

const place = `kiln/${repository}`

describe('what hangs on a published version', () => {
  let stores: Stores
  let path: string | undefined
  let keys: SigningKeys
  let digest: Digest

  beforeAll(async () => {
    path = await findTool('cosign', 'cosign')
    stores = await startStores()
    keys = await readKeys(await readFile(stores.signingKey, 'utf8'), '')
    await announce(stores.db, keys)
    digest = await pushExample(stores, 'first')
    await publishExample(stores, { id: 'build-first', digest })
    const packages: ImagePackages = {
      packages: [{ kind: 'apk', name: 'musl', version: '1.2.4-r1' }],
      unread: [],
      truncated: false,
    }
    await storePackages(stores.db, digest, { packages, readBy: 'worker', analysis: 1 })
    while (await attestNext({ ...deps(), signing: keys }));
  })
  afterAll(async () => stores[Symbol.asyncDispose]())

  const deps = () => ({
    db: stores.db,
    own: stores.own,
    builderId: 'https://kiln.test/builder',
    log: pino({ level: 'silent' }),
    random: () => 0.5,
  })
  const cosignWith = async (
    skip: (note: string) => never,
    { signer: { keyId, publicKey } } = keys,
  ): Promise<Cosign> => {
    const key = join(stores.stateDir, `${keyId}.pub`)
    await writeFile(key, publicKey)
    const { stateDir: home, registry } = stores
    return createCosign(path ?? skip('cosign was not built in time'), { key, home, registry })
  }
  const reference = (of: string) => `${stores.registry.host}/${place}@${of}`

  it.for([
    ['as a bundle', []],
    ['as a tag', ['--new-bundle-format=false']],
  ] as const)('is a signature that the stock cosign accepts %s', async ([, options], { skip }) => {
    const answer = await (await cosignWith(skip)).verify(reference(digest), ...options)
    expect(answer).toMatchObject({ accepted: true })
    expect(answer.output).toContain(digest)
  })

  it('is provenance of how it was built, which the stock cosign accepts', async ({ skip }) => {
    const type = ['--type', 'slsaprovenance1']
    const answer = await (await cosignWith(skip)).verifyAttestation(reference(digest), ...type)
    expect(answer).toMatchObject({ accepted: true })
    const { payload } = JSON.parse(answer.output) as { payload: string }
    const content: unknown = JSON.parse(Buffer.from(payload, 'base64').toString('utf8'))
    const { subject, predicate } = provenanceStatement.parse(content)
    expect(subject).toMatchObject([{ digest: { sha256: digest.slice('sha256:'.length) } }])
    expect(predicate.buildDefinition.resolvedDependencies).toContainEqual(
      expect.objectContaining({ name: 'base:1', digest: { sha256: 'b'.repeat(64) } }),
    )
    expect(predicate.runDetails.metadata?.invocationId).toBe('build-first/1')
  })

  it('is a list of its packages, which the stock cosign accepts', async ({ skip }) => {
    const type = ['--type', 'cyclonedx']
    const answer = await (await cosignWith(skip)).verifyAttestation(reference(digest), ...type)
    expect(answer).toMatchObject({ accepted: true })
    const { payload } = JSON.parse(answer.output) as { payload: string }
    expect(JSON.parse(Buffer.from(payload, 'base64').toString('utf8'))).toMatchObject({
      predicate: { bomFormat: 'CycloneDX', components: [{ name: 'musl', version: '1.2.4-r1' }] },
    })
  })

  it('is not signed again when the same bytes are published under the same name again', async () => {
    await publishExample(stores, { id: 'build-again', digest })
    while (await attestNext({ ...deps(), signing: keys }));
    const made = await stores.db
      .selectFrom('attestations')
      .innerJoin('versions', 'versions.id', 'attestations.version_id')
      .select(['kind', 'document', 'manifest'])
      .where('digest', '=', digest)
      .where('manifest', 'is not', null)
      .execute()
    const distinct = (kind: string) =>
      new Set(made.filter((one) => one.kind === kind).map((one) => JSON.stringify(one))).size
    expect(made).toHaveLength(6)
    expect(['signature', 'sbom', 'provenance'].map(distinct)).toEqual([1, 1, 2])
    const tag = `${digest.replace(':', '-')}.sig`
    const { bytes } = (await stores.own.client.readManifest(place, tag)) ?? { bytes: undefined }
    const { layers } = JSON.parse(new TextDecoder().decode(bytes)) as { layers: readonly unknown[] }
    expect(layers).toHaveLength(1)
  })

  it('is signed once, and goes on to count when the key is another one', async ({ skip }) => {
    const { signer: old } = keys
    const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const front = pem.export({ type: 'pkcs8', format: 'pem' }).toString()
    const rotated = await readKeys(front + (await readFile(stores.signingKey, 'utf8')), '')
    const before = await readSigned()
    await announce(stores.db, rotated)
    expect(await attestNext({ ...deps(), signing: rotated })).toBe(false)
    expect(await readSigned()).toEqual(before)
    const states = async () =>
      Object.fromEntries((await listSigningKeys(stores.db)).map(({ id, state }) => [id, state]))
    expect(await states()).toEqual({ [old.keyId]: 'verifying', [rotated.signer.keyId]: 'signing' })

    const next = await pushExample(stores, 'rotated')
    await publishExample(stores, { id: 'build-rotated', digest: next }, ['signature'])
    expect(await attestNext({ ...deps(), signing: rotated })).toBe(true)
    const [withOld, withNew] = [await cosignWith(skip), await cosignWith(skip, rotated)]
    expect(await withOld.verify(reference(digest))).toMatchObject({ accepted: true })
    expect(await withOld.verify(reference(next))).toMatchObject({ accepted: false })
    expect(await withNew.verify(reference(next))).toMatchObject({ accepted: true })

    await announce(stores.db, { ...rotated, others: [] })
    expect(await states()).toMatchObject({ [old.keyId]: 'withdrawn' })
    await announce(stores.db, keys)
  })

  const readSigned = async () => {
    const version = await stores.db
      .selectFrom('versions')
      .select('id')
      .where('digest', '=', digest)
      .orderBy('id')
      .executeTakeFirstOrThrow()
    return findAttestation(stores.db, { versionId: version.id, kind: 'signature' })
  }

  it('is not accepted with another key', async ({ skip }) => {
    const other = await readKeys(await newKey(path ?? skip('cosign was not built in time')), 'test')
    const answer = await (await cosignWith(skip, other)).verify(reference(digest))
    expect(answer).toMatchObject({ accepted: false })
  })

  /** A sealed key as cosign makes it. */
  const newKey = async (cosign: string) => {
    const home = stores.stateDir
    const environment = { PATH: '/usr/bin:/bin', HOME: home, COSIGN_PASSWORD: 'test' }
    await run(cosign, ['generate-key-pair'], { cwd: home, environment, limitMs: 60_000 })
    return readFile(join(home, 'cosign.key'), 'utf8')
  }

  const flip = (text: string) => {
    const bytes = Buffer.from(text, 'base64')
    bytes[bytes.length - 1]! ^= 1
    return bytes.toString('base64')
  }

  it.for([
    ['an unchanged signature', 'unchanged', true],
    ['a payload with a flipped bit', 'payload', false],
    ['a signature with a flipped bit', 'signature', false],
    ['the signature of another image', 'manifest', false],
  ] as const)('judges %s as it should', async ([, change, accepted], { skip }) => {
    const cosign = await cosignWith(skip)
    const image = await pushExample(stores, change)
    const signed = await signImage(keys.signer, {
      name: `${stores.registry.host}/${place}`,
      digest: change === 'manifest' ? digest : image,
    })
    const { dsseEnvelope: envelope } = signed.bundle
    const [first] = envelope?.signatures ?? []
    if (envelope === undefined || first === undefined) throw new Error('no envelope')
    if (change === 'payload') {
      signed.simple.payload = flip(signed.simple.payload)
      envelope.payload = flip(envelope.payload)
    }
    if (change === 'signature') {
      signed.simple.signature = flip(signed.simple.signature)
      first.sig = flip(first.sig)
    }
    const { bundle, simple } = readSignature(signed)
    const { client } = stores.own
    await attachSimpleSignature(client, place, image, simple)
    const annotations = bundleAnnotations(predicateTypes.signature)
    const document = { type: bundleType, document: bundle, annotations }
    await attach(client, place, image, document, async (write) => write())
    const asBundle = await cosign.verify(reference(image))
    const asTag = await cosign.verify(reference(image), '--new-bundle-format=false')
    expect([asBundle.accepted, asTag.accepted]).toEqual([accepted, accepted])
  })
})
