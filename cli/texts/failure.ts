import type { ShownFailure } from '#contract/answers.ts'
import { failures, isFailureCode } from '#contract/failure.ts'
import { failuresInChinese } from '#contract/failure-zh.ts'
import type { Say } from '../language.ts'

/** What a failure is called and what to do, in the language that is spoken. */
export function failureText(
  { code, advice }: ShownFailure,
  say: Say,
): { readonly title: string; readonly advice: string } {
  // A newer server may know codes that are not in this table.
  if (!isFailureCode(code)) return { title: code, advice }
  const [en, zh] = [failures[code], failuresInChinese[code]]
  return {
    title: say({ en: en.message, zh: zh.message }),
    advice: say({ en: en.advice, zh: zh.advice }),
  }
}
