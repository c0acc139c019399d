import { familiarName } from '#contract/image.ts'
import { type Dockerfile, type Instruction, Onbuild } from 'dockerfile-ast'
import { expand } from './expand.ts'
import { type BuildInputs, globalArguments } from './global-arguments.ts'
import { readMountFields } from './mount-fields.ts'
import { lineOf, parseDockerfile, readFlags } from './parse.ts'
import { readUsedStages } from './used-stages.ts'

/** A reference to an image outside of this Dockerfile. */
export interface BaseReference {
  /** Empty where arguments that have no value leave nothing of it. */
  readonly reference: string
  /** Counted from 1; the first one that is built, where there are several. */
  readonly line: number
  /** Whether the target cannot be built without it. Of a stage that nothing asks for the frontend reads no image. */
  readonly needed: boolean
}

/**
 * Every image that a Dockerfile reads: after FROM, in `COPY --from` and in `RUN --mount=…,from=`. Names of its own
 * stages, stage numbers, `scratch` and `given` names, which stand for something else, are no images. A reference that the
 * frontend refuses to fill in is left to it.
 */
export function readBases(
  text: string,
  inputs: BuildInputs,
  given: readonly string[] = [],
): readonly BaseReference[] {
  const file = parseDockerfile(text)
  const used = new Set(readUsedStages(text, inputs).map(lineOf))
  const own = new Set(['scratch'])
  const found = new Map<string, BaseReference>()
  const note = (reference: string | undefined, line: number, needed: boolean) => {
    if (reference === undefined || /^\d+$/.test(reference)) return
    if (own.has(reference.toLowerCase()) || given.includes(familiarName(reference))) return
    if (found.has(reference) && (!needed || found.get(reference)?.needed)) return
    found.set(reference, { reference, line, needed })
  }
  const values = globalArguments(file, inputs)
  const escape = file.getEscapeCharacter()
  for (const from of file.getFROMs()) {
    const [image, line] = [from.getImage(), lineOf(from)]
    if (image !== null) note(expand(image, values, escape), line, used.has(line))
    const stage = from.getBuildStage()
    if (stage !== null) own.add(stage.toLowerCase())
  }
  for (const { reference, line, isTrigger } of readSources(file)) {
    note(reference, line, used.has(line) && !isTrigger)
  }
  return [...found.values()]
}

function readSources(file: Dockerfile) {
  return file.getInstructions().flatMap((instruction) => {
    const trigger = instruction instanceof Onbuild ? instruction.getTriggerInstruction() : null
    const [line, isTrigger] = [lineOf(instruction), trigger !== null]
    return sourcesOf(trigger ?? instruction).map((reference) => ({ reference, line, isTrigger }))
  })
}

function sourcesOf(instruction: Instruction): readonly string[] {
  return readFlags(instruction)
    .map(({ name, value }) => sourceOf(`${instruction.getKeyword()} ${name}`, value))
    .flatMap((reference) => reference || [])
}

function sourceOf(flag: string, value: string): string | undefined {
  if (flag === 'COPY from') return value
  return flag === 'RUN mount' ? readMountFields(value).get('from') : undefined
}
