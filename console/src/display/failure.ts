import type { ShownFailure } from '#contract/answers.ts'
import { failures, isFailureCode } from '#contract/failure.ts'
import { failuresInChinese } from '#contract/failure-zh.ts'
import type { Language } from '../language.ts'

/** What a failure means and what to do, by its code; of a newer server's code its own words are told. Pure. */
export function describeFailure(
  { code, advice }: ShownFailure,
  language: Language,
): { readonly message: string; readonly advice: string } {
  if (!isFailureCode(code)) return { message: code, advice }
  return language === 'en' ? failures[code] : failuresInChinese[code]
}

const around = 3

/** The lines of a Dockerfile about one, counted from 1. Pure. */
export function excerpt(dockerfile: string, line: number) {
  const from = Math.max(1, line - around)
  return dockerfile
    .split('\n')
    .slice(from - 1, line + around)
    .map((text, index) => ({ number: from + index, text }))
}
