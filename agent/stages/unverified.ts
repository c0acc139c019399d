import type { BuildFailure } from '#contract/failure.ts'

/** A verification that has not come to a pass, for the reason that its failure says. */
export class Unverified extends Error {
  override readonly name = 'Unverified'
  readonly failure: BuildFailure

  constructor(failure: BuildFailure, options?: ErrorOptions) {
    super(failure.message, options)
    this.failure = failure
  }
}
