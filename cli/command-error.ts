import type { ExitCode } from './exit-code.ts'
import { createSay, type Say, type Text } from './language.ts'

type Values = Parameters<Say>[1]

/** Why a command ends, in words for the one who called it. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode
  /** What to do about it. */
  readonly advice: string | undefined
  readonly #text: Text
  readonly #values: Values

  /** @param said a text that is in one language already, or one in all of them for where nobody knows which is spoken. */
  constructor(said: Text | string, exitCode: ExitCode, advice?: string, values?: Values) {
    const text = typeof said === 'string' ? { en: said, zh: said } : said
    super(createSay('en')(text, values))
    this.exitCode = exitCode
    this.advice = advice
    this.#text = text
    this.#values = values
  }

  in(say: Say): string {
    return say(this.#text, this.#values)
  }
}
