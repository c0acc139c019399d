import { type Problem, type ProblemCode, problems } from '#contract/problem.ts'
import { QuotaExceeded } from '../records/quotas.ts'
import { Refusal } from './refusal.ts'

/** What an error says to the caller; `undefined` for one whose text is nobody's business. */
export function describeProblem(error: unknown): Problem | undefined {
  if (error instanceof Refusal) return problemOf(error.code, error.message, error.errors)
  if (error instanceof QuotaExceeded) return problemOf(`quota_${error.quota}`, error.message)
  return undefined
}

export function problemOf(code: ProblemCode, detail = '', errors?: Problem['errors']): Problem {
  const { status, title } = problems[code]
  return {
    type: `urn:kiln:problem:${code}`,
    title,
    status,
    code,
    ...(detail === '' ? {} : { detail }),
    ...(errors === undefined ? {} : { errors }),
  }
}
