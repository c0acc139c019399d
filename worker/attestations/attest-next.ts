import type { Logger } from 'pino'
import {
  attestationKinds,
  bundleAnnotations,
  bundleType,
  predicateTypes,
} from '#contract/attestation.ts'
import { parseDigest } from '#contract/image.ts'
import { pauseAfter } from '#contract/pause-after.ts'
import {
  claimAttestation,
  type DueAttestation,
  KeyWithdrawn,
  markHung,
  postponeAttestation,
  storeDocument,
} from '../../records/attestations.ts'
import { withReferrers } from '../../records/attachments.ts'
import type { Pool } from '../../records/connect.ts'
import { attach } from '../../registry/attach.ts'
import { attachSimpleSignature } from '../../registry/attach-simple-signature.ts'
import { RegistryError } from '../../registry/error.ts'
import type { OwnRegistry } from '../../registry/registries.ts'
import type { SigningKeys } from '../signing/read-keys.ts'
import { makeDocument, NotYet } from './make-document.ts'
import { readSignature } from './sign-image.ts'

/** Longest work on one; whoever takes it has died by then. */
const leaseMs = 5 * 60_000
/** It is never given up: a registry may be mended after days. */
const pauses = { firstMs: 10_000, maxMs: 6 * 60 * 60_000 }

export interface AttestDeps {
  readonly db: Pool
  readonly own: OwnRegistry
  readonly signing: SigningKeys | undefined
  readonly builderId: string
  readonly log: Logger
  readonly random: () => number
}

/**
 * Makes and hangs one thing on a published version. What is made is kept before it is hung, so that a worker that dies in
 * between signs nothing twice. It stands beside the builds: a registry that does not take it now is asked again.
 * @returns whether there may be another one.
 */
export async function attestNext(deps: AttestDeps): Promise<boolean> {
  const { db, own, signing, log, random } = deps
  if (signing === undefined) return false
  const due = await claimAttestation(db, { kinds: attestationKinds, leaseMs })
  if (due === undefined) return false
  const { kind, digest, tries } = due
  try {
    const document = due.document ?? (await make(deps, signing, due))
    await markHung(db, due, await hang({ own, db }, due, document))
  } catch (error) {
    const problem = problemOf(error)
    if (problem === undefined) throw error
    log.warn({ err: error, digest, kind, tries }, 'not attached')
    const ms = pauseAfter(pauses, tries, random())
    await postponeAttestation(db, due, { ms, problem })
  }
  return true
}

/** In words, for people; `undefined` when it is not what another try could mend. */
function problemOf(error: unknown): string | undefined {
  if (error instanceof NotYet) return error.message
  if (error instanceof KeyWithdrawn) return 'the key of this worker was withdrawn'
  return error instanceof RegistryError ? `the registry failed to ${error.operation}` : undefined
}

async function make(
  { db, own, builderId }: AttestDeps,
  { signer }: SigningKeys,
  due: DueAttestation,
): Promise<object> {
  const place = `${own.host}/${own.prefix}`
  const document = await makeDocument({ db, signer, place, builderId }, due)
  return storeDocument(db, due, { document, keyId: signer.keyId })
}

/** @returns the digest of the manifest that names the image as its subject. */
async function hang(
  { own, db }: Pick<AttestDeps, 'own' | 'db'>,
  due: DueAttestation,
  document: object,
): Promise<string> {
  const place = `${own.prefix}/${due.repository}`
  const digest = parseDigest(due.digest)
  const annotations = bundleAnnotations(predicateTypes[due.kind])
  const alone = async (write: () => Promise<void>) => withReferrers(db, `${place}@${digest}`, write)
  const hangBundle = async (bundle: object) =>
    attach(own.client, place, digest, { type: bundleType, document: bundle, annotations }, alone)
  if (due.kind !== 'signature') return hangBundle(document)
  const { bundle, simple } = readSignature(document)
  await alone(async () => attachSimpleSignature(own.client, place, digest, simple))
  return hangBundle(bundle)
}
