import type { FailureCode } from './failure.ts'

/** Names that cross into Temporal. The workflow id of a build, or of an environment, is its id. */
export const workflowTypes = {
  buildImage: 'buildImage',
  runEnvironment: 'runEnvironment',
} as const

export const signals = {
  placed: 'placed',
  nodeLost: 'nodeLost',
  /** The build that did the work of this one has failed. */
  joinedFailed: 'joinedFailed',
  /** Says "look again" to an environment. */
  changed: 'changed',
} as const

/** Registered in the namespace as Keyword when it is set up. */
export const searchAttributes = {
  stage: { name: 'KilnStage', type: 'KEYWORD' },
  node: { name: 'KilnNode', type: 'KEYWORD' },
  project: { name: 'KilnProject', type: 'KEYWORD' },
  image: { name: 'KilnImage', type: 'KEYWORD' },
  failure: { name: 'KilnFailure', type: 'KEYWORD' },
  digest: { name: 'KilnDigest', type: 'KEYWORD' },
} as const

/** Why an attempt is told of by the signal `nodeLost`: its node does not answer, or has left because it was told to stop. */
export type Loss = Extract<FailureCode, 'agent_lost' | 'agent_stopped'>

/** Payload of the signal `placed`. */
export interface Placed {
  readonly attempt: number
  readonly nodeId: string
}
