import { ServerError } from '../../client/server-error.ts'
import { HarborError } from '../../harbor/error.ts'
import { RegistryError } from '../../registry/error.ts'
import { CommandError } from '../command-error.ts'
import { type ExitCode, exitCauseOfRefusal, exitCodes } from '../exit-code.ts'
import type { Say } from '../language.ts'
import { common } from '../texts/common.ts'

/** Why a command ended, for people and for programs. */
export interface Explained {
  readonly exitCode: ExitCode
  readonly lines: readonly string[]
  /** What stands under `error` in a document. */
  readonly document: Readonly<Record<string, unknown>>
}

/** @param server the one that was asked, where that is known. */
export function explainError(error: unknown, say: Say, server: string): Explained {
  // What was left with Ctrl-C breaks off with an error of whatever was under way, of which this is the cause.
  const left = findLeft(error)
  if (left !== undefined) return explainOwn(left, say)
  if (error instanceof ServerError) return explainServerError(error, say, server)
  if (error instanceof RegistryError || error instanceof HarborError) {
    const message = say(common.registryFailed, { message: error.message })
    return explained(exitCodes.registry, { message, advice: reasonIf(error) })
  }
  if (error instanceof CommandError) return explainOwn(error, say)
  const message = say(common.internal, {
    message: error instanceof Error ? error.message : String(error),
  })
  return explained(exitCodes.farm, { message, advice: undefined })
}

function findLeft(error: unknown): CommandError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof CommandError && at.exitCode === exitCodes.cancelled) return at
  }
  return undefined
}

function explainOwn(error: CommandError, say: Say): Explained {
  const { exitCode, advice } = error
  const code = exitCode === exitCodes.usage ? 'usage' : undefined
  return explained(exitCode, { message: error.in(say), advice, code })
}

function explainServerError(error: ServerError, say: Say, server: string): Explained {
  const { status, problem, operation } = error
  const exitCode = exitCodes[exitCauseOfRefusal(status, problem?.code)]
  if (status === undefined) {
    const message = say(common.unreachable, { server, why: reasonOf(error) })
    return explained(exitCode, { message, advice: say(common.unreachableAdvice) })
  }
  if (problem === undefined) {
    const message = say(common.notKiln, { server, operation })
    return explained(exitCodes.farm, { message, advice: say(common.unreachableAdvice), status })
  }
  const { code, title, detail, errors = [] } = problem
  const fields = errors.map(({ field, line, message }) => {
    const where = line === undefined ? field : say(common.line, { line })
    return where === undefined ? message : `${where}: ${message}`
  })
  const told = fields.length > 0 ? fields : detail === undefined ? [] : [detail]
  const advice = adviceOn(status, code, say, server)
  return explained(exitCode, { message: title, advice, code, status, detail, errors }, told)
}

function adviceOn(status: number, code: string, say: Say, server: string): string | undefined {
  if (status === 401) return say(common.logInAdvice)
  if (code === 'project_unknown') return say(common.projectAdvice)
  return status >= 500 ? say(common.serverAdvice, { server }) : undefined
}

function explained(
  exitCode: ExitCode,
  document: { readonly message: string; readonly advice: string | undefined } & Record<
    string,
    unknown
  >,
  told: readonly string[] = [],
): Explained {
  const { message, advice } = document
  return {
    exitCode,
    document: { ...document, exit_code: exitCode },
    lines: [message, ...told.map((line) => `  ${line}`), ...(advice === undefined ? [] : [advice])],
  }
}

/** Why there was no answer, where that is so. */
const reasonIf = (error: Error) => (error.cause === undefined ? undefined : reasonOf(error))

/** The last cause that says something. */
function reasonOf(error: Error): string {
  const { cause } = error
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) {
    return cause.errors[0].message
  }
  return cause instanceof Error ? reasonOf(cause) : error.message
}
