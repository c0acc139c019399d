import { bundleType, evidenceType } from '#contract/attestation.ts'
import type { Digest } from '#contract/image.ts'
import { shownEvidence } from '#contract/wire/shown-evidence.ts'
import { digestOf } from '../../registry/digest-of.ts'
import { RegistryError } from '../../registry/error.ts'
import { listReferrers, type Referrer } from '../../registry/list-referrers.ts'
import { parseManifest } from '../../registry/manifest.ts'
import { readSmallBlob } from '../../registry/read-bounded.ts'
import { readJson } from '../../registry/read-json.ts'
import { type Check, failed, ok } from './check.ts'
import { describeStatement, kindOf } from './describe-statement.ts'
import type { Place } from './place.ts'
import { type TrustedKey, verifyBundle } from './verify-bundle.ts'

const maxDocumentBytes = 64 * 1024 * 1024
/** Each is read: a registry that lists more is not followed for ever. */
const maxReferrers = 500

/** What hangs on an image: signature, provenance and packages with their signatures, and how it was verified. @throws RegistryError */
export async function checkReferrers(
  place: Place,
  digest: Digest,
  keys: readonly TrustedKey[],
): Promise<readonly Check[]> {
  const { referrers, hasMore } = await listReferrers(place.client, place.repository, digest)
  const checks: Check[] = []
  for (const referrer of referrers.slice(0, maxReferrers)) {
    if (referrer.artifactType === bundleType)
      checks.push(await checkBundle(place, referrer, digest, keys))
    if (referrer.artifactType === evidenceType)
      checks.push(await checkEvidence(place, referrer, digest))
  }
  if (hasMore || referrers.length > maxReferrers) {
    const detail = 'the registry lists more than was read'
    checks.push({ what: 'referrer', state: 'unchecked', detail, saidBy: 'the registry' })
  }
  return [...settle(checks), ...absent(checks)]
}

/** Where one bundle of a kind is signed by a key that counts, those by other keys, such as older ones, do no harm. Pure. */
function settle(checks: readonly Check[]): readonly Check[] {
  const signed = new Set(checks.filter(({ state }) => state === 'ok').map(({ what }) => what))
  return checks.map((check) =>
    check.state === 'failed' && check.detail === foreign && signed.has(check.what)
      ? { ...check, state: 'unchecked' as const }
      : check,
  )
}

const foreign = 'none of the given keys has signed it'

function absent(checks: readonly Check[]): readonly Check[] {
  const kinds = ['signature', 'provenance', 'sbom', 'evidence'] as const
  const missing = kinds.filter((kind) => checks.every(({ what }) => what !== kind))
  return missing.map((what) => ({
    what,
    state: 'absent',
    detail: 'none hangs on the image',
    saidBy: null,
  }))
}

async function checkBundle(
  place: Place,
  referrer: Referrer,
  digest: Digest,
  keys: readonly TrustedKey[],
): Promise<Check> {
  const document = await readDocument(place, referrer)
  if (typeof document === 'string') return failed('referrer', `${referrer.digest}: ${document}`)
  const verified = verifyBundle(document.content, keys)
  if (verified.state === 'broken') return failed('referrer', `${referrer.digest}: ${verified.why}`)
  const kind = kindOf(verified.statement)
  if (kind === undefined) {
    const detail = `${referrer.digest}: a statement ${verified.statement.predicateType}`
    return { what: 'referrer', state: 'unchecked', detail, saidBy: null }
  }
  if (verified.state === 'foreign') return failed(kind, foreign)
  return describeStatement(kind, verified.statement, { digest, by: verified.by })
}

/** It is not signed: it says what the farm's worker has hung there, on the word of the node. */
async function checkEvidence(place: Place, referrer: Referrer, digest: Digest): Promise<Check> {
  const document = await readDocument(place, referrer)
  if (typeof document === 'string') return failed('evidence', `${referrer.digest}: ${document}`)
  const { data } = shownEvidence.safeParse(document.content)
  if (data === undefined) return failed('evidence', `${referrer.digest}: it is no evidence`)
  if (data.digest !== digest) return failed('evidence', 'it is about another image')
  const { evidence, passed, gpu, arch, node_id: node, finished_at: at } = data
  const where = gpu === undefined ? (arch ?? 'no GPU') : `${gpu.name}, driver ${gpu.driver}`
  const detail = `${evidence}, ${passed ? 'passed' : 'not passed'}, on ${where}, at ${at}`
  return ok('evidence', detail, `${node}, not signed`)
}

/** The one document of an artifact. @returns what is wrong with it instead, in words. */
async function readDocument(
  { client, repository }: Place,
  { digest }: Referrer,
): Promise<{ readonly content: unknown } | string> {
  const manifest = await client.readManifest(repository, digest).catch(wrong)
  if (manifest?.digest !== digest) return 'the registry does not serve the bytes of its digest'
  const layer = parseManifest(manifest.bytes)?.layers[0]
  if (layer === undefined) return 'its manifest names no document'
  const bytes = await readSmallBlob(client, repository, layer.digest, maxDocumentBytes).catch(wrong)
  if (bytes === undefined || digestOf(bytes) !== layer.digest) {
    return 'the registry does not serve the bytes of its document'
  }
  return { content: readJson(bytes) }
}

/** What was answered and is not right, or is gone. A registry that fails is another matter. */
function wrong(error: unknown): undefined {
  if (error instanceof RegistryError && (error.status === 200 || error.status === 404)) {
    return undefined
  }
  throw error
}
