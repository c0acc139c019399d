import type {
  AttemptRef,
  Begun,
  BuildTerms,
  Built,
  Published,
  Pushed,
  Verification,
} from './build.ts'
import type { BuildFailure } from './failure.ts'
import type { Digest } from './image.ts'
import type { FinalStatus, Stage } from './stage.ts'
import type { Placed } from './workflow.ts'

export interface StageChange extends AttemptRef {
  readonly stage: Stage
}

export interface PublishRequest extends AttemptRef {
  readonly digest: Digest
  /** Of the configuration, as the builder wrote it; absent when the node does not tell. */
  readonly configDigest?: Digest
  readonly verification: Verification
}

export interface BuildEnd {
  readonly buildId: string
  readonly status: FinalStatus
  readonly failure?: BuildFailure
}

/**
 * Activities of the control plane, on the queue `control`. Each that begins a stage moves the build there first, and so
 * does a node through the server: no call is spent on the book-keeping alone.
 */
export interface ControlActivities {
  /**
   * The stages `validating`, `resolving` and `waiting` in one, by what the three that follow do. When that fails for no reason of
   * the build's, or takes long, they are asked for one by one.
   */
  beginBuild(buildId: string): Promise<Begun>
  /**
   * Stage `validating`: checks the stored recipe once more: what was accepted by an older server may be refused by this one. Builds that
   * were validated before there were terms have none.
   */
  validateBuild(buildId: string): Promise<BuildTerms | undefined>
  /** Stage `resolving`: pins every base image, and whatever else the build reads, and stores the pins with the build. */
  resolveBases(buildId: string): Promise<void>
  /**
   * Stage `waiting`: puts the build into the placement queue and places it at once when a node is free. When it is not
   * placed by that, the placer answers later by the signal `placed`.
   */
  seekNode(attempt: AttemptRef): Promise<Placed | null>
  /** Ends an attempt that failed and frees the node's slot. */
  endAttempt(attempt: AttemptRef, failure: BuildFailure): Promise<void>
  /**
   * Stage `pushing`, once the image is pushed: asks the registry's scanner, and again with each retry until it has ended or
   * the project's policy waits no longer. It fails where that policy does not let the image be published.
   */
  scanImage(attempt: AttemptRef, digest: Digest): Promise<void>
  /** Stage `publishing`: reads the manifest back from the registry and moves the name by compare-and-set. */
  publishImage(request: PublishRequest): Promise<Published>
  /** Tags in the registry what the library says. From here on the build can only succeed, so it is tried for long. */
  tagImage(buildId: string, digest: Digest): Promise<void>
  /** Gives the build its final status and ends what is open of it: its attempt and with it the slot on the node. */
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
