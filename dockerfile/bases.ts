import { familiarName } from '#contract/image.ts'
import type { Dockerfile } from 'dockerfile-ast'
import { expand } from './expand.ts'
import { globalArguments } from './global-arguments.ts'
import { parseDockerfile, readFlags } from './parse.ts'

/** A reference to an image outside of this Dockerfile. */
export interface BaseReference {
  readonly reference: string
  /** Counted from 1. */
  readonly line: number
}

/**
 * Every image that a Dockerfile reads: after FROM, in `COPY --from` and in `RUN --mount=…,from=`. Names of its own
 * stages, stage numbers, `scratch` and `given` names, which stand for something else, are no images. `args` are build
 * arguments and win over the defaults of ARG.
 */
export function readBases(
  text: string,
  args: Readonly<Record<string, string>>,
  given: readonly string[] = [],
): readonly BaseReference[] {
  const file = parseDockerfile(text)
  const values = globalArguments(file, args)
  const own = new Set(['scratch'])
  const found = new Map<string, number>()
  const note = (reference: string | undefined | null, line: number) => {
    if (!reference || /^\d+$/.test(reference)) return
    if (own.has(reference.toLowerCase()) || given.includes(familiarName(reference))) return
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

function readSources(file: Dockerfile): readonly BaseReference[] {
  return file.getInstructions().flatMap((instruction) => {
    const line = instruction.getRange().start.line + 1
    return readFlags(instruction)
      .map(({ name, value }) => sourceOf(`${instruction.getKeyword()} ${name}`, value))
      .filter((reference) => reference !== undefined)
      .map((reference) => ({ reference, line }))
  })
}

function sourceOf(flag: string, value: string): string | undefined {
  if (flag === 'COPY from') return value
  return flag === 'RUN mount' ? /(?:^|,)from=([^,]+)/.exec(value)?.[1] : undefined
}
