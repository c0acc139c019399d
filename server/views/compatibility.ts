import type { Language } from '../../cuda/tables/reason.ts'
import { explainSuggestion, type Suggestion, suggestions } from '../../cuda/tables/suggestions.ts'
import { classifyGpu } from '../../cuda/verdict/classify-gpu.ts'
import { imageFindings } from '../../cuda/verdict/image-findings.ts'
import type { Db } from '../../records/connect.ts'
import type { ImageRow } from '../../records/images.ts'
import { readFleetGpus } from '../../records/node-gpus.ts'
import type { Proof } from '../../records/proofs.ts'
import { type GpuClass, groupGpus } from '../../matrix/fleet-classes.ts'
import { type Cell, judgeCell } from '../../matrix/judge-cell.ts'
import { type Known, readKnown } from '../../matrix/read-known.ts'
import { showAttachment } from './attachment.ts'
import { showReason } from './reason.ts'

/** Names of nodes that are listed for a class; the count is of all. */
const maxNames = 20
const maxClasses = 200

export interface ShownVersion {
  /** `null` for an image that has never been built. */
  readonly number: number | null
  readonly digest: string | null
}

/**
 * On which kinds of registered nodes a version of an image runs, and why, in one language: what was measured there, else
 * what its files say of them as they are now.
 */
export async function showCompatibility(
  db: Db,
  image: ImageRow,
  { number, digest }: ShownVersion,
  language: Language,
) {
  const all = groupGpus(await readFleetGpus(db))
  const classes = all.slice(0, maxClasses)
  const known: Known =
    digest === null
      ? { facts: undefined, proofs: [] }
      : (await readKnown(db, [digest], classes))(digest)
  const { facts } = known
  return {
    image_id: image.id,
    name: image.name,
    version: number,
    digest,
    evidence: facts === undefined ? ('unknown' as const) : ('computed' as const),
    at: new Date().toISOString(),
    findings: (facts === undefined ? [] : imageFindings(facts)).map((found) =>
      showReason(found, language),
    ),
    classes: classes.map((each) => showClass(each, known, language)),
    classes_omitted: all.length - classes.length,
    facts: facts ?? null,
  }
}

function showClass({ gpu, arch, nodes }: GpuClass, known: Known, language: Language) {
  const node = classifyGpu(gpu, arch)
  return {
    gpu: gpu.name,
    ...(gpu.mig !== undefined && { mig: gpu.mig }),
    ...(gpu.simulated === true && { simulated: true }),
    capability: node?.capability ?? null,
    driver: gpu.driver,
    cuda: node?.cuda ?? null,
    memory_bytes: gpu.memory_bytes,
    arch: node?.arch ?? arch,
    nodes: { count: nodes.length, names: nodes.slice(0, maxNames) },
    ...showCell(judgeCell(known, gpu, arch), language),
  }
}

/** A cell of the matrix. `measured` says when, where and in which run, where a measurement is what decided. */
export function showCell(
  { verdict, evidence, reasons, suggestion, proof }: Cell,
  language: Language,
) {
  return {
    verdict,
    evidence,
    measured: proof === undefined ? null : showProof(proof),
    reasons: reasons.map((reason) => showReason(reason, language)),
    suggestion: suggestion === undefined ? null : showSuggestion(suggestion, language),
  }
}

function showProof(proof: Proof) {
  const { at, nodeId, nodeName, gpu, nonce, buildId, attempt, passed } = proof
  return {
    at: at.toISOString(),
    passed,
    node_id: nodeId,
    node: nodeName,
    gpu: gpu.uuid,
    driver: gpu.driver,
    nonce,
    build_id: buildId,
    attempt,
    attachment: showAttachment(proof),
  }
}

function showSuggestion(suggestion: Suggestion, language: Language) {
  return {
    ...suggestion,
    owner: suggestions[suggestion.code].owner,
    text: explainSuggestion(suggestion, language),
  }
}
