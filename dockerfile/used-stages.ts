import type { Dockerfile, Instruction } from 'dockerfile-ast'
import { expand } from './expand.ts'
import { type BuildInputs, globalArguments } from './global-arguments.ts'
import { parseDockerfile, readFlags } from './parse.ts'

interface Stage {
  /** In lower case, as stages are looked up. */
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
  /** What it starts from: an image, or a stage before it. */
  readonly start: string | undefined
  /** Names and numbers of what it copies from; images among them. */
  readonly sources: readonly string[]
}

/**
 * The instructions that are run to build a target: those of its own stage, of the last one when none is named, and of
 * all stages that it starts or copies from. The frontend leaves the others out, whatever they ask for.
 */
export function readUsedStages(text: string, inputs: BuildInputs): readonly Instruction[] {
  const stages = splitStages(parseDockerfile(text), inputs)
  const { target } = inputs
  const used = new Set<number>()
  const waiting = [target === undefined ? stages.length - 1 : findStage(stages, target)]
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    const stage = stages[index]
    if (stage === undefined || used.has(index)) continue
    used.add(index)
    if (stage.start !== undefined) waiting.push(findStage(stages.slice(0, index), stage.start))
    waiting.push(...stage.sources.map((source) => findStage(stages, source)))
  }
  return stages.flatMap(({ instructions }, index) => (used.has(index) ? instructions : []))
}

function splitStages(file: Dockerfile, inputs: BuildInputs): readonly Stage[] {
  const values = globalArguments(file, inputs)
  const escape = file.getEscapeCharacter()
  const all = file.getInstructions()
  const starts = all.flatMap((one, index) => (one.getKeyword() === 'FROM' ? [index] : []))
  return file.getFROMs().map((from, index) => {
    const instructions = all.slice(starts[index], starts[index + 1])
    return {
      name: from.getBuildStage()?.toLowerCase(),
      instructions,
      start: expand(from.getImage() ?? '', values, escape),
      sources: instructions.flatMap(readSources),
    }
  })
}

/** The last stage of this name, or the stage of this number. -1: it is an image. */
function findStage(stages: readonly Stage[], wanted: string): number {
  if (/^\d+$/.test(wanted)) return Number(wanted) < stages.length ? Number(wanted) : -1
  return stages.findLastIndex(({ name }) => name === wanted.toLowerCase())
}

function readSources(instruction: Instruction): readonly string[] {
  return readFlags(instruction).flatMap(({ name, value }) => {
    if (name === 'from') return [value]
    const from = name === 'mount' ? /(?:^|,)from=([^,]+)/.exec(value)?.[1] : undefined
    return from === undefined ? [] : [from]
  })
}
