import { Copy, type Dockerfile, type Instruction, Onbuild, Run } from 'dockerfile-ast'
import { ValidationCode, validate } from 'dockerfile-utils'
import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver-types'
import { lineOf, parseDockerfile, readable } from './parse.ts'

export interface DockerfileProblem {
  /** Counted from 1. */
  readonly line: number
  readonly message: string
}

/** The longest line that the frontend reads, in bytes. */
const maxLineBytes = 65_535
const stageName = /^[a-z][a-z0-9_.-]*$/i

/**
 * The frontend learns flags faster than the parser does, takes some things that its own manual refuses, and fills in
 * variables first: it decides, and names the line as well.
 */
const leftToTheFrontend: ReadonlySet<Diagnostic['code']> = new Set([
  ValidationCode.UNKNOWN_ADD_FLAG,
  ValidationCode.UNKNOWN_COPY_FLAG,
  ValidationCode.UNKNOWN_FROM_FLAG,
  ValidationCode.UNKNOWN_HEALTHCHECK_FLAG,
  ValidationCode.FLAG_AT_LEAST_ONE,
  ValidationCode.FLAG_LESS_THAN_1MS,
  ValidationCode.FLAG_INVALID_FROM_VALUE,
  ValidationCode.INVALID_PORT,
  ValidationCode.INVALID_PROTO,
  ValidationCode.INVALID_SIGNAL,
  ValidationCode.INVALID_DESTINATION,
  ValidationCode.INVALID_REFERENCE_FORMAT,
  ValidationCode.BASE_NAME_EMPTY,
  ValidationCode.UNSUPPORTED_MODIFIER,
  ValidationCode.SYNTAX_MISSING_SINGLE_QUOTE,
  ValidationCode.SYNTAX_MISSING_DOUBLE_QUOTE,
  ValidationCode.DUPLICATE_BUILD_STAGE_NAME,
])

/** Of a trigger the frontend looks at nothing but its keyword before it is run. */
const ofTriggers: ReadonlySet<Diagnostic['code']> = new Set([
  ValidationCode.ONBUILD_CHAINING_DISALLOWED,
  ValidationCode.ONBUILD_TRIGGER_DISALLOWED,
])

/** The validator takes time that grows with the square of these; the mistakes of larger files are left to the frontend. */
const maxInstructions = 2_000
const maxInstructionLength = 32_768
/** More are of no use to anyone. */
const maxProblems = 50

/** What is wrong with a Dockerfile before anything runs, the first of it by line; empty when nothing is. */
export function checkDockerfile(text: string): readonly DockerfileProblem[] {
  const file = parseDockerfile(text)
  // Some of these are what the validator would choke on.
  const first = [...checkLines(text), ...checkBeginning(file), ...checkStageNames(file)]
  const found = first.length > 0 ? first : [...validateText(text, file), ...checkLastHeredoc(file)]
  return found.toSorted((a, b) => a.line - b.line).slice(0, maxProblems)
}

function validateText(text: string, file: Dockerfile): readonly DockerfileProblem[] {
  const instructions = file.getInstructions()
  if (instructions.length > maxInstructions || instructions.some(isTooLong)) return []
  const starts = instructions.map(lineOf)
  return validate(readable(text)).flatMap(({ severity, code, range, message }) => {
    const index = lastUpTo(starts, range.start.line + 1)
    if (severity !== DiagnosticSeverity.Error || !isDecidedHere(code, instructions[index]))
      return []
    const line = starts[index] ?? range.start.line + 1
    return [{ line, message: typeof message === 'string' ? message : message.value }]
  })
}

function isTooLong(instruction: Instruction): boolean {
  return instruction.getTextContent().length > maxInstructionLength
}

function isDecidedHere(code: Diagnostic['code'], within: Instruction | undefined): boolean {
  if (within instanceof Onbuild && within.getTrigger() !== null) return ofTriggers.has(code)
  if (code === ValidationCode.ARGUMENT_MISSING) return within?.getKeyword() !== 'ENTRYPOINT'
  return !leftToTheFrontend.has(code)
}

/** The index of the last number that is not above `limit`; they ascend. -1 when all are. */
function lastUpTo(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((numbers[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low - 1
}

function checkBeginning(file: Dockerfile): readonly DockerfileProblem[] {
  const first = file.getInstructions().find((instruction) => instruction.getKeyword() !== 'ARG')
  if (first === undefined || first.getKeyword() === 'FROM') return []
  const name = first.getKeyword().slice(0, 100)
  return [
    { line: lineOf(first), message: `"${name}" before the first FROM: only ARG may stand there` },
  ]
}

function checkLines(text: string): readonly DockerfileProblem[] {
  if (text.length <= maxLineBytes) return []
  return text.split('\n').flatMap((line, index) => {
    const message = `the line is longer than ${maxLineBytes} bytes`
    return Buffer.byteLength(line) > maxLineBytes ? [{ line: index + 1, message }] : []
  })
}

function checkStageNames(file: Dockerfile): readonly DockerfileProblem[] {
  return file.getFROMs().flatMap((from) => {
    const name = from.getBuildStage()
    if (name === null || stageName.test(name)) return []
    const message = `"${name.slice(0, 100)}" is no name for a stage: expected a letter, then letters, digits, "_", "." and "-"`
    return [{ line: lineOf(from), message }]
  })
}

/** A heredoc that does not end takes everything up to the end of the file. */
function checkLastHeredoc(file: Dockerfile): readonly DockerfileProblem[] {
  const last = file.getInstructions().at(-1)
  if (!(last instanceof Run || last instanceof Copy)) return []
  const lines = new Set(
    last
      .getTextContent()
      .split('\n')
      .slice(1)
      .map((line) => line.trim()),
  )
  const open = last.getHeredocs().find((heredoc) => !lines.has(heredoc.getName()))
  if (open === undefined) return []
  return [{ line: lineOf(last), message: `the heredoc "${open.getName()}" does not end` }]
}
