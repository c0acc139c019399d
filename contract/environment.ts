import type { z } from 'zod'
import type { EnvironmentReason } from './environment-reason.ts'
import type {
  createEnvironment,
  environmentPlan,
  environmentTold,
  environmentUsage,
  nodeEnvironments,
  terminalQuery,
  wantedEnvironments,
} from './wire/environment.ts'

/** The states of an environment. It is on a node from `pulling` on. */
export const environmentStates = [
  'waiting',
  'pulling',
  'starting',
  'running',
  'stopping',
  'stopped',
  'failed',
  /** Its node does not answer. It runs again as soon as the node says so. */
  'lost',
] as const

export type EnvironmentState = (typeof environmentStates)[number]

/** States in which nothing runs, or will by itself. */
export const restingStates = ['stopped', 'failed'] as const satisfies readonly EnvironmentState[]

export function isResting(state: EnvironmentState): boolean {
  return state === 'stopped' || state === 'failed'
}

export type EnvironmentRequest = z.infer<typeof createEnvironment>
export type EnvironmentPlan = z.infer<typeof environmentPlan>
export type EnvironmentTold = z.infer<typeof environmentTold>
export type EnvironmentUsage = z.infer<typeof environmentUsage>
export type NodeEnvironments = z.infer<typeof nodeEnvironments>
export type TerminalQuery = z.infer<typeof terminalQuery>
export type WantedEnvironments = z.infer<typeof wantedEnvironments>
export type WantedImage = NonNullable<WantedEnvironments['image']>

/** One numbered start of an environment. The number is the fencing epoch: whatever an older one does is refused. */
export interface EnvironmentRef {
  readonly environmentId: string
  readonly start: number
}

/** What the workflow is started with: references only. */
export interface EnvironmentInput extends EnvironmentRef {
  /** The library name and the project, for the Temporal UI. */
  readonly image: string
  readonly project: string
}

/** How a start ended. */
export interface EnvironmentEnd {
  readonly state: (typeof restingStates)[number]
  readonly reason: EnvironmentReason
  /** The particulars in words; the text of the reason when absent. */
  readonly message?: string
  /** Of the program, where it came to that. */
  readonly exitCode?: number
  /** Its node could not be told to stop it: what it holds there is held until the node says that it is clean. */
  readonly unreached?: boolean
}

/** Resources that an environment gets when nobody says otherwise. */
export const environmentDefaults = {
  cpu: 1,
  memoryBytes: 2 * 1024 ** 3,
  diskBytes: 100 * 1024 ** 3,
} as const

/** Processes and threads that it may have at once. */
export const environmentPids = 4096
