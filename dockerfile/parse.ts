import { type Dockerfile, DockerfileParser, type Instruction } from 'dockerfile-ast'
// After the module above: on its own this one loads the parser's modules in an order that they do not bear.
import { ModifiableInstruction } from 'dockerfile-ast/lib/modifiableInstruction.js'

const directive = /^#\s*(\w+)\s*=/
const known = /^(syntax|escape|check)$/i

export function parseDockerfile(text: string): Dockerfile {
  return DockerfileParser.parse(hideLateDirectives(text))
}

/** Where an instruction begins, counted from 1. */
export function lineOf(instruction: Instruction): number {
  return instruction.getRange().start.line + 1
}

export interface Flag {
  readonly name: string
  /** Empty when the flag has none. */
  readonly value: string
}

/** The flags of an instruction such as `--mount=…`, without those that belong to its command. */
export function readFlags(instruction: Instruction): readonly Flag[] {
  if (!(instruction instanceof ModifiableInstruction)) return []
  return instruction
    .getFlags()
    .map((flag) => ({ name: flag.getName(), value: flag.getValue() ?? '' }))
}

/**
 * BuildKit stops looking for directives at the first comment that is none of those it knows; the parser goes on and would
 * take an `escape` after it for one. Every character keeps its place.
 */
export function hideLateDirectives(text: string): string {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => !known.test(directive.exec(line)?.[1] ?? ''))
  const end = lines.findIndex((line, index) => index >= first && !directive.test(line))
  const late = lines.slice(first, end === -1 ? undefined : end)
  return lines
    .toSpliced(first, late.length, ...late.map((line) => line.replace('=', ' ')))
    .join('\n')
}
