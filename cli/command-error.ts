import type { ExitCode } from './exit-code.ts'

/** Why a command ends, in words for the one who called it. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode
  /** What to do about it. */
  readonly advice: string | undefined

  constructor(message: string, exitCode: ExitCode, advice?: string) {
    super(message)
    this.exitCode = exitCode
    this.advice = advice
  }
}
