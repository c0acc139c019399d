import { generateKeyPairSync, verify } from 'node:crypto'
import { bundleFromJSON } from '@sigstore/bundle'
import { toSignedEntity, Verifier } from '@sigstore/verify'
import { expect, it } from 'vitest'
import { predicateTypes, statementType } from '#contract/attestation.ts'
import { parseDigest } from '#contract/image.ts'
import { statement } from '#contract/wire/provenance.ts'
import { createFileSigner } from '../signing/file-signer.ts'
import { readSignature, signImage } from './sign-image.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const signer = createFileSigner(privateKey)
const digest = parseDigest(`sha256:${'a'.repeat(64)}`)
const image = { name: 'host/team/app', digest }

const none = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] }
const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }

it('is a bundle whose envelope names the image, for whoever has the key', async () => {
  const { bundle } = await signImage(signer, image)
  const trusted = { ...none, publicKey: () => ({ publicKey, validFor: () => true }) }
  const entity = toSignedEntity(bundleFromJSON(bundle))
  expect(() => new Verifier(trusted, thresholds).verify(entity)).not.toThrow()
  const payload = Buffer.from(bundle.dsseEnvelope?.payload ?? '', 'base64').toString('utf8')
  expect(statement.parse(JSON.parse(payload))).toMatchObject({
    _type: statementType,
    subject: [{ name: image.name, digest: { sha256: 'a'.repeat(64) } }],
    predicateType: predicateTypes.signature,
  })
  const hint = Buffer.from(signer.keyId, 'hex').toString('base64')
  expect(bundle.verificationMaterial).toMatchObject({ publicKey: { hint } })
})

it('is a payload and its signature, as older clients look for them', async () => {
  const { simple } = readSignature(await signImage(signer, image))
  const signature = Buffer.from(simple.signature, 'base64')
  expect(verify('sha256', simple.payload, publicKey, signature)).toBe(true)
  expect(JSON.parse(new TextDecoder().decode(simple.payload))).toMatchObject({
    critical: {
      identity: { 'docker-reference': image.name },
      image: { 'docker-manifest-digest': digest },
    },
  })
})
