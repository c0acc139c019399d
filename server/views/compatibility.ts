import type { ImageFacts } from '#contract/image-facts.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import { explainSuggestion, type Suggestion, suggestions } from '../../cuda/tables/suggestions.ts'
import { classifyGpu } from '../../cuda/verdict/classify-gpu.ts'
import { imageFindings } from '../../cuda/verdict/image-findings.ts'
import type { Db } from '../../records/connect.ts'
import { type Proof, readProofs } from '../../records/evidence.ts'
import { findFacts } from '../../records/image-facts.ts'
import type { ImageRow } from '../../records/images.ts'
import { readFleetGpus } from '../../records/node-gpus.ts'
import { type GpuClass, groupGpus } from '../gpus/fleet-classes.ts'
import { type Cell, judgeCell } from '../gpus/judge-cell.ts'
import { showReason } from './reason.ts'

/** Names of nodes that are listed for a class; the count is of all. */
const maxNames = 20
const maxClasses = 200

export interface Judged {
  readonly facts: ImageFacts | undefined
  readonly proofs: readonly Proof[]
}

/**
 * On which kinds of registered nodes an image runs, and why, in one language: what was measured there, else what its files
 * say of them as they are now.
 */
export async function showCompatibility(db: Db, image: ImageRow, language: Language) {
  const digest = image.digest
  const [stored, proofs, gpus] = await Promise.all([
    digest === null ? undefined : findFacts(db, digest),
    digest === null ? [] : readProofs(db, [digest]),
    readFleetGpus(db),
  ])
  const facts = stored?.facts ?? undefined
  const judged = { facts, proofs }
  return {
    image_id: image.id,
    name: image.name,
    digest,
    evidence: facts === undefined ? ('unknown' as const) : ('computed' as const),
    at: new Date().toISOString(),
    findings: (facts === undefined ? [] : imageFindings(facts)).map((found) =>
      showReason(found, language),
    ),
    classes: groupGpus(gpus)
      .slice(0, maxClasses)
      .map((each) => showClass(each, judged, language)),
    facts: facts ?? null,
  }
}

function showClass({ gpu, arch, nodes }: GpuClass, judged: Judged, language: Language) {
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
    ...showCell(judgeCell(judged.facts, gpu, arch, judged.proofs), language),
  }
}

/** A cell of the matrix. `measured` says when and on which GPU, where that is what decided. */
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

function showProof({ at, nodeId, gpu }: Proof) {
  return { at: at.toISOString(), node_id: nodeId, gpu: gpu.uuid }
}

function showSuggestion(suggestion: Suggestion, language: Language) {
  return {
    ...suggestion,
    owner: suggestions[suggestion.code].owner,
    text: explainSuggestion(suggestion, language),
  }
}
