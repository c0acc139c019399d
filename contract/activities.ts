import type { AttemptRef, BuildTerms, Built, Published, Pushed, Verification } from './build.ts'
import type { BuildFailure } from './failure.ts'
import type { Digest } from './image.ts'
import type { FinalStatus, Stage } from './stage.ts'

export interface StageChange extends AttemptRef {
  readonly stage: Stage
}

export interface PublishRequest extends AttemptRef {
  readonly digest: Digest
  readonly verification: Verification
}

export interface BuildEnd {
  readonly buildId: string
  readonly status: FinalStatus
  readonly failure?: BuildFailure
}

/** Activities of the control plane, on the queue `control`. */
export interface ControlActivities {
  /**
   * Checks the stored recipe once more: what was accepted by an older server may be refused by this one. Builds that
   * were validated before there were terms have none.
   */
  validateBuild(buildId: string): Promise<BuildTerms | undefined>
  /** Pins every base image, and whatever else the build reads, and stores the pins with the build. */
  resolveBases(buildId: string): Promise<void>
  /** Moves the build to a stage. In `waiting` it is in the placement queue; the placer answers by the signal `placed`. */
  recordStage(change: StageChange): Promise<void>
  /** Takes up a placed attempt; from here on the placer leaves it alone. */
  startAttempt(attempt: AttemptRef): Promise<void>
  /** Frees the node's slot. `failure` is absent when the attempt did what it should. */
  endAttempt(attempt: AttemptRef, failure?: BuildFailure): Promise<void>
  /** Reads the manifest back from the registry and moves the name by compare-and-set. */
  publishImage(request: PublishRequest): Promise<Published>
  /** Tags in the registry what the library says. From here on the build can only succeed, so it is tried for long. */
  tagImage(buildId: string, digest: Digest): Promise<void>
  finishBuild(end: BuildEnd): Promise<void>
}

/**
 * Activities of one node, on the queue `node:<id>`. They carry references only: the node fetches the plan of its
 * attempt from the server, so no recipe and no secret is ever in Temporal's history.
 */
export interface NodeActivities {
  buildImage(attempt: AttemptRef): Promise<Built>
  /** Runs a program of the image on exactly the bytes of `digest`; the layer of that run never ships. */
  verifyImage(attempt: AttemptRef, digest: Digest): Promise<Verification>
  pushImage(attempt: AttemptRef, digest: Digest): Promise<Pushed>
  /** Stops whatever the attempt still runs on the node and waits until it is gone. */
  cleanUp(attempt: AttemptRef): Promise<void>
}
