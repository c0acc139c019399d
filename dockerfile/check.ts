import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver-types'
import { ValidationCode, validate } from 'dockerfile-utils'
import { hideLateDirectives } from './parse.ts'

export interface DockerfileProblem {
  /** Counted from 1. */
  readonly line: number
  readonly message: string
}

/** The frontend learns flags faster than the parser does, and takes some things that its own manual refuses: it decides. */
const leftToTheFrontend: ReadonlySet<Diagnostic['code']> = new Set([
  ValidationCode.UNKNOWN_ADD_FLAG,
  ValidationCode.UNKNOWN_COPY_FLAG,
  ValidationCode.UNKNOWN_FROM_FLAG,
  ValidationCode.UNKNOWN_HEALTHCHECK_FLAG,
  ValidationCode.INVALID_PORT,
  ValidationCode.INVALID_DESTINATION,
  ValidationCode.DUPLICATE_BUILD_STAGE_NAME,
])

/** What is wrong with a Dockerfile before anything runs; empty when nothing is. */
export function checkDockerfile(text: string): readonly DockerfileProblem[] {
  return validate(hideLateDirectives(text))
    .filter(
      ({ severity, code }) => severity === DiagnosticSeverity.Error && !leftToTheFrontend.has(code),
    )
    .map(({ range, message }) => ({
      line: range.start.line + 1,
      message: typeof message === 'string' ? message : message.value,
    }))
    .toSorted((a, b) => a.line - b.line)
}
