import type { Problem, ProblemCode } from '#contract/problem.ts'

/** A refusal because of one field of the request. */
export function refuseField(code: ProblemCode, field: string, message: string): Refusal {
  return new Refusal(code, `${field}: ${message}`, [{ field, message }])
}

/** A request that is not granted. The only error that tells its text to the caller. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: ProblemCode
  readonly errors: Problem['errors']
  /** After how many seconds it may be asked again. */
  readonly retryAfter: number | undefined

  constructor(code: ProblemCode, detail?: string, errors?: Problem['errors'], retryAfter?: number) {
    super(detail ?? '')
    this.code = code
    this.errors = errors
    this.retryAfter = retryAfter
  }
}
