import type { z } from 'zod'
import type { problemAnswer } from '#contract/wire/answers/problem.ts'

export type ProblemAnswer = z.infer<typeof problemAnswer>

interface About {
  /** Absent when there was no answer at all. */
  readonly status?: number
  /** Absent when what answered is no server of Kiln's. */
  readonly problem?: ProblemAnswer
  readonly cause?: unknown
}

/** What a server of Kiln answered or did not. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly operation: string
  readonly status: number | undefined
  readonly problem: ProblemAnswer | undefined

  constructor(operation: string, { status, problem, cause }: About) {
    const what = problem?.detail ?? problem?.title ?? (status ? `status ${status}` : 'no answer')
    super(`${operation}: ${what}`, { cause })
    this.operation = operation
    this.status = status
    this.problem = problem
  }
}
