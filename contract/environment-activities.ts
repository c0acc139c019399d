import type { EnvironmentEnd, EnvironmentRef } from './environment.ts'
import type { EnvironmentReason } from './environment-reason.ts'

/** What a workflow sees when it looks at its environment. */
export interface EnvironmentLook {
  /** Absent until a node has been found. */
  readonly nodeId?: string
  /** Why it is to stop; absent while it is to run. */
  readonly stop?: EnvironmentReason
  /** How its program ended by itself; absent while it has not. */
  readonly ended?: Pick<EnvironmentEnd, 'reason' | 'exitCode'>
  /** Nothing is to be done for this start any more: it has ended, or there is a later one. */
  readonly over?: boolean
}

/** Activities of the control plane for environments, on the queue `control`. */
export interface EnvironmentControlActivities {
  /** Asks the registry whether it has the version, and stores how its containers start. */
  readEnvironmentImage(ref: EnvironmentRef): Promise<void>
  /** Lets the environment wait for a node, and places what waits. Told by `look` then, or by the signal `changed` later. */
  seekEnvironmentNode(ref: EnvironmentRef): Promise<void>
  lookAtEnvironment(ref: EnvironmentRef): Promise<EnvironmentLook>
  /** Shows that it is being stopped, with the reason. */
  enterStopping(ref: EnvironmentRef, reason: EnvironmentReason): Promise<void>
  /** Gives the start its one end and frees what it holds. */
  endEnvironment(ref: EnvironmentRef, end: EnvironmentEnd): Promise<void>
}

/** Activities of one node for environments, on the queue `node:<id>`. The node fetches the plan from the server. */
export interface EnvironmentNodeActivities {
  /** Pulls, makes the container and starts it; does nothing when it runs already. Returns once it runs. */
  startEnvironment(ref: EnvironmentRef): Promise<void>
  /** Ends the container and waits until it is gone. What it has written is kept. */
  stopEnvironment(ref: EnvironmentRef): Promise<void>
}
