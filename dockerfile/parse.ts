import { type Dockerfile, DockerfileParser, type Instruction } from 'dockerfile-ast'
// After the module above: on its own this one loads the parser's modules in an order that they do not bear.
import { ModifiableInstruction } from 'dockerfile-ast/lib/modifiableInstruction.js'

const directive = /^#\s*([a-z][a-z\d]*)\s*=\s*\S/i
const known = /^(syntax|escape|check)$/i

export function parseDockerfile(text: string): Dockerfile {
  return DockerfileParser.parse(readable(text))
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

/** A Dockerfile as the parser has to see it to read what BuildKit reads. Every line keeps its number. */
export function readable(text: string): string {
  return hideLoneEscapes(hideLateDirectives(text))
}

/**
 * BuildKit stops looking for directives at the first line that is none of those it knows; the parser goes on and would
 * take an `escape` after it for one. Every character keeps its place.
 */
function hideLateDirectives(text: string): string {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => !known.test(directive.exec(line)?.[1] ?? ''))
  const end = lines.findIndex((line, index) => index >= first && !/^\s*#/.test(line))
  const isLate = (index: number) => index >= first && (end === -1 || index < end)
  return lines.map((line, at) => (isLate(at) ? line.replaceAll('=', ' ') : line)).join('\n')
}

/** A line with nothing but the escape goes on with the next one, and may do so before an instruction begins. */
function hideLoneEscapes(text: string): string {
  const escape = /^#\s*escape\s*=\s*`/im.test(text) ? '`' : '\\'
  if (!text.includes(escape)) return text
  return text
    .split('\n')
    .map((line) => (line.trim() === escape ? line.replace(escape, ' ') : line))
    .join('\n')
}
