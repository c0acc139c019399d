import type { FailureCode } from '#contract/failure.ts'

/** An environment that cannot be saved, for the reason that is told to the one who asked for it. */
export class Unsaveable extends Error {
  override readonly name = 'Unsaveable'
  readonly code: FailureCode

  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
