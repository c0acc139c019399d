/** The stages of a build in the order in which they are passed. `stage` of a build is one of these or its final status. */
export const stages = [
  'queued',
  'validating',
  'resolving',
  'waiting',
  'building',
  'verifying',
  'pushing',
  'publishing',
] as const

export type Stage = (typeof stages)[number]

/** Statuses that a build never leaves. */
export const finalStatuses = ['succeeded', 'failed', 'cancelled', 'timed_out'] as const

export type FinalStatus = (typeof finalStatuses)[number]

/** `building` covers every stage before the end: the submit contract answers it for a fresh build. */
export type Status = 'building' | FinalStatus

export function isFinal(status: Status): status is FinalStatus {
  return status !== 'building'
}

/** Stages that run on a node and are therefore repeated elsewhere when the node is lost. */
export const nodeStages = ['building', 'verifying', 'pushing'] as const satisfies readonly Stage[]

export type NodeStage = (typeof nodeStages)[number]
