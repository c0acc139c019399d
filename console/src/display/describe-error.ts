import { problems } from '#contract/problem.ts'
import { problemsInChinese } from '#contract/problem-zh.ts'
import { ServerError } from '../../../client/server-error.ts'
import type { Language, Texts } from '../language.ts'

export interface DescribedError {
  readonly title: string
  readonly details: readonly string[]
  /** Absent when there was no answer at all. */
  readonly status: number | undefined
}

/** What went wrong, for a person. What the server says besides its code is as the server says it. Pure. */
export function describeError(error: unknown, t: Texts, language: Language): DescribedError {
  if (!(error instanceof ServerError)) {
    const details = error instanceof Error ? [error.message] : []
    return { title: t.errors.internal, details, status: undefined }
  }
  const { status, problem } = error
  if (status === undefined) return { title: t.errors.unreachable, details: [], status }
  if (problem === undefined) return { title: t.errors.notKiln, details: [], status }
  const { code, detail, errors = [] } = problem
  const told = errors.map(({ line, message }) =>
    line === undefined ? message : `${t.common.line(line)}: ${message}`,
  )
  const details = told.length > 0 ? told : detail === undefined ? [] : [detail]
  return { title: titleOf(code, problem.title, language), details, status }
}

function titleOf(code: string, title: string, language: Language): string {
  if (language === 'en' || !isKnown(code)) return title
  return problemsInChinese[code]
}

const isKnown = (code: string): code is keyof typeof problems => Object.hasOwn(problems, code)
