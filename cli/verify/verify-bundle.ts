import type { KeyObject } from 'node:crypto'
import { bundleFromJSON } from '@sigstore/bundle'
import { toSignedEntity, Verifier } from '@sigstore/verify'
import type { z } from 'zod'
import { statement } from '#contract/wire/provenance.ts'

/** A public key, and what it is called in a report. */
export interface TrustedKey {
  readonly name: string
  readonly key: KeyObject
}

export type SignedStatement = z.infer<typeof statement>

export type VerifiedBundle =
  | { readonly state: 'signed'; readonly by: string; readonly statement: SignedStatement }
  /** It is a bundle, and none of the keys has signed it. */
  | { readonly state: 'foreign'; readonly statement: SignedStatement }
  | { readonly state: 'broken'; readonly why: string }

const none = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] }
/** Kiln asks no transparency log: what counts is the key alone. */
const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }

/** What a Sigstore bundle says, and which of the keys has signed exactly that. Pure. */
export function verifyBundle(document: unknown, keys: readonly TrustedKey[]): VerifiedBundle {
  try {
    const bundle = bundleFromJSON(document)
    if (bundle.content.$case !== 'dsseEnvelope') return { state: 'broken', why: 'no envelope' }
    const payload: unknown = JSON.parse(bundle.content.dsseEnvelope.payload.toString('utf8'))
    const said = statement.parse(payload)
    const signer = keys.find(({ key }) => isSignedBy(toSignedEntity(bundle), key))
    if (signer === undefined) return { state: 'foreign', statement: said }
    return { state: 'signed', by: signer.name, statement: said }
  } catch {
    return { state: 'broken', why: 'it is no bundle with a statement' }
  }
}

function isSignedBy(entity: ReturnType<typeof toSignedEntity>, publicKey: KeyObject): boolean {
  const material = { ...none, publicKey: () => ({ publicKey, validFor: () => true }) }
  try {
    new Verifier(material, thresholds).verify(entity)
    return true
  } catch {
    return false
  }
}
