import type { Dockerfile, Instruction } from 'dockerfile-ast'
import { expand } from './expand.ts'
import { globalArguments } from './global-arguments.ts'
import { parseDockerfile, readFlags } from './parse.ts'

interface Stage {
  /** In lower case, as stages are looked up. */
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
  /** Names and numbers of what it starts from and copies from; images among them. */
  readonly needs: readonly string[]
}

/**
 * The instructions that are run to build a target: those of its own stage, of the last one when none is named, and of
 * all stages that it starts or copies from. The frontend leaves the others out, whatever they ask for.
 */
export function readUsedStages(
  text: string,
  args: Readonly<Record<string, string>>,
  target?: string,
): readonly Instruction[] {
  const stages = splitStages(parseDockerfile(text), args)
  const used = new Set<number>()
  const visit = (index: number) => {
    if (used.has(index)) return
    used.add(index)
    for (const need of stages[index]?.needs ?? []) {
      const other = findStage(stages.slice(0, index), need)
      if (other !== -1) visit(other)
    }
  }
  visit(target === undefined ? stages.length - 1 : findStage(stages, target))
  return stages.flatMap(({ instructions }, index) => (used.has(index) ? instructions : []))
}

function splitStages(file: Dockerfile, args: Readonly<Record<string, string>>): readonly Stage[] {
  const values = globalArguments(file, args)
  const all = file.getInstructions()
  const starts = all.flatMap((one, index) => (one.getKeyword() === 'FROM' ? [index] : []))
  return file.getFROMs().map((from, index) => {
    const instructions = all.slice(starts[index], starts[index + 1])
    const start = expand(from.getImage() ?? '', values)
    return {
      name: from.getBuildStage()?.toLowerCase(),
      instructions,
      needs: [start, ...instructions.flatMap(readSources)],
    }
  })
}

/** The nearest stage of this name before the one that asks, or the stage of this number. -1: it is an image. */
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
