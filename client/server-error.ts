import type { z } from 'zod'
import type { problemAnswer } from '#contract/wire/answers/problem.ts'

export type ProblemAnswer = z.infer<typeof problemAnswer>

interface About {
  /** Absent when there was no answer at all. */
  readonly status?: number
  /** Absent when what answered is no server of Kiln's. */
  readonly problem?: ProblemAnswer
  /** How long the server wants not to be asked again; at most five minutes. */
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/** What a server of Kiln answered or did not. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly operation: string
  readonly status: number | undefined
  readonly problem: ProblemAnswer | undefined
  readonly retryAfterMs: number | undefined

  constructor(operation: string, { status, problem, retryAfterMs, cause }: About) {
    const what = problem?.detail ?? problem?.title ?? (status ? `status ${status}` : 'no answer')
    super(`${operation}: ${what}`, { cause })
    this.operation = operation
    this.status = status
    this.problem = problem
    this.retryAfterMs = retryAfterMs
  }
}
