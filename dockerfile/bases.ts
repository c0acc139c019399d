import type { Dockerfile } from 'dockerfile-ast'
// Before the module below: on its own that one loads the parser's modules in an order that they do not bear.
import { parseDockerfile } from './parse.ts'
import { ModifiableInstruction } from 'dockerfile-ast/lib/modifiableInstruction.js'
import { expand } from './expand.ts'

/** A reference to an image outside of this Dockerfile. */
export interface BaseReference {
  readonly reference: string
  /** Counted from 1. */
  readonly line: number
}

/**
 * Every image that a Dockerfile reads: after FROM, in `COPY --from` and in `RUN --mount=…,from=`. Names of its own
 * stages, stage numbers and `scratch` are no images. `args` are build arguments and win over the defaults of ARG.
 */
export function readBases(
  text: string,
  args: Readonly<Record<string, string>>,
): readonly BaseReference[] {
  const file = parseDockerfile(text)
  const values = globalArguments(file, args)
  const own = new Set(['scratch'])
  const found = new Map<string, number>()
  const note = (reference: string | undefined | null, line: number) => {
    if (!reference || own.has(reference.toLowerCase()) || /^\d+$/.test(reference)) return
    if (!found.has(reference)) found.set(reference, line)
  }
  for (const from of file.getFROMs()) {
    const line = from.getRange().start.line + 1
    note(expand(from.getImage() ?? '', values), line)
    const stage = from.getBuildStage()
    if (stage !== null) own.add(stage.toLowerCase())
  }
  for (const { reference, line } of readSources(file)) note(reference, line)
  return Array.from(found, ([reference, line]) => ({ reference, line }))
}

function globalArguments(file: Dockerfile, given: Readonly<Record<string, string>>) {
  const values: Record<string, string> = { ...given }
  for (const arg of file.getInitialARGs()) {
    const property = arg.getProperty()
    const value = property?.getValue()
    if (property && value) values[property.getName()] ??= expand(value, values)
  }
  return values
}

function readSources(file: Dockerfile): readonly BaseReference[] {
  return file.getInstructions().flatMap((instruction) => {
    if (!(instruction instanceof ModifiableInstruction)) return []
    const line = instruction.getRange().start.line + 1
    return instruction
      .getFlags()
      .map((flag) =>
        sourceOf(`${instruction.getKeyword()} ${flag.getName()}`, flag.getValue() ?? ''),
      )
      .filter((reference) => reference !== undefined)
      .map((reference) => ({ reference, line }))
  })
}

function sourceOf(flag: string, value: string): string | undefined {
  if (flag === 'COPY from') return value
  return flag === 'RUN mount' ? /(?:^|,)from=([^,]+)/.exec(value)?.[1] : undefined
}
