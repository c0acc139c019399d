import type { z } from 'zod'
import type { submitBuild } from './wire/build.ts'
import type { buildOptions } from './wire/build-options.ts'
import type { buildPlan } from './wire/plan.ts'
import type { Digest } from './image.ts'
import type { PackageLists } from './packages.ts'
import type { Placed } from './workflow.ts'

export type BuildOptions = z.infer<typeof buildOptions>
export type BuildTimeouts = NonNullable<BuildOptions['timeouts']>
/** As it is submitted: with a Dockerfile, or with what one is made from. */
export type SubmittedBuild = z.infer<typeof submitBuild>

/** A submitted build with the Dockerfile that is built. */
export interface BuildRequest extends Omit<
  SubmittedBuild,
  'dockerfile' | 'packages' | 'from_lock'
> {
  readonly dockerfile: string
  /** What the Dockerfile was made from, in their normal form. */
  readonly packages?: PackageLists
}

/** What the workflow is started with: references only, so that its history stays small and holds no secret. */
export interface BuildInput {
  readonly buildId: string
  /** The library name and the project, for the Temporal UI. */
  readonly image: string
  readonly project: string
}

/** What the workflow has to know of a build besides its id. */
export interface BuildTerms {
  /** Seconds; a limit that is absent is the farm's own. */
  readonly timeouts: BuildTimeouts
  /** Seconds that the stage `verifying` may wait for a GPU, besides its own limit. */
  readonly gpuWait?: number
  /** The registry's scanner is asked before the name moves. */
  readonly scans?: boolean
}

/** What has come of a build that was begun. */
export interface Begun {
  readonly terms: BuildTerms
  /** `null` when it waits for a node. */
  readonly placed: Placed | null
}

/** One numbered try of a build. The number is the fencing epoch: whatever an older one does is refused. */
export interface AttemptRef {
  readonly buildId: string
  readonly attempt: number
}

export type BuildPlan = z.infer<typeof buildPlan>
export type PinnedBase = BuildPlan['bases'][number]

export interface Built {
  readonly digest: Digest
  readonly cachedSteps: number
  readonly totalSteps: number
}

/**
 * `not_gpu`: the image's own programs run; nothing about a GPU was asked or claimed. `gpu`: it is made for CUDA, and the
 * evidence says what is known of it there.
 */
export type Verdict = 'not_gpu' | 'gpu'

/**
 * `measured`: on a real GPU. `simulated`: on a stand-in for one, in tests. `computed`: from the files of the image.
 * `none`: it was published unverified.
 */
export type Evidence = 'measured' | 'computed' | 'simulated' | 'none'

/** What was found out about exactly these bytes, and how. */
export interface Verification {
  readonly digest: Digest
  /** Of the configuration of what was verified. Nodes tell it since protocol 4. */
  readonly configDigest?: Digest
  readonly verdict: Verdict
  readonly evidence: Evidence
  /** Program of the image that was run; absent when the image has none that could be. */
  readonly command?: string
  /** Fresh for each run, so that a cached answer cannot pass for a new one. */
  readonly nonce: string
  readonly durationMs: number
  /** Codes of what is to be said of it; the whole reasons are with the evidence that the server keeps. */
  readonly reasons?: readonly string[]
}

export interface Pushed {
  readonly digest: Digest
  /** Of the configuration that the builder wrote. Nodes tell it since protocol 4. */
  readonly configDigest?: Digest
}

/** What the control plane read back from the registry. */
export interface Published {
  readonly digest: Digest
  /** Manifest, config and layers as stored in the registry, in bytes. */
  readonly size: number
}
