import type { Dockerfile, Instruction } from 'dockerfile-ast'
import { expand } from './expand.ts'
import { type BuildInputs, globalArguments } from './global-arguments.ts'
import { readMountFields } from './mount-fields.ts'
import { parseDockerfile, readFlags } from './parse.ts'

interface Stage {
  readonly instructions: readonly Instruction[]
  /** The stage before it that it starts from; `undefined` where that is an image. */
  readonly start: number | undefined
  /** Names and numbers of what it copies from; images among them. */
  readonly sources: readonly string[]
}

interface Stages {
  readonly stages: readonly Stage[]
  /** The last stage of each name, in lower case. */
  readonly named: ReadonlyMap<string, number>
}

/**
 * The instructions that are run to build a target: those of its own stage, of the last one when none is named, and of
 * all stages that it starts or copies from. The frontend leaves the others out, whatever they ask for.
 */
export function readUsedStages(text: string, inputs: BuildInputs): readonly Instruction[] {
  const { stages, named } = splitStages(parseDockerfile(text), inputs)
  const find = (wanted: string) =>
    /^\d+$/.test(wanted) ? Number(wanted) : named.get(wanted.toLowerCase())
  const { target } = inputs
  const used = new Set<number>()
  const waiting = [target === undefined ? stages.length - 1 : find(target)]
  while (waiting.length > 0) {
    const index = waiting.pop() ?? -1
    const stage = stages[index]
    if (stage === undefined || used.has(index)) continue
    used.add(index)
    waiting.push(stage.start, ...stage.sources.map(find))
  }
  return stages.flatMap(({ instructions }, index) => (used.has(index) ? instructions : []))
}

function splitStages(file: Dockerfile, inputs: BuildInputs): Stages {
  const values = globalArguments(file, inputs)
  const escape = file.getEscapeCharacter()
  const all = file.getInstructions()
  const starts = all.flatMap((one, index) => (one.getKeyword() === 'FROM' ? [index] : []))
  const named = new Map<string, number>()
  const stages = file.getFROMs().map((from, index) => {
    const instructions = all.slice(starts[index], starts[index + 1])
    const start = named.get(expand(from.getImage() ?? '', values, escape)?.toLowerCase() ?? '')
    const name = from.getBuildStage()
    if (name !== null) named.set(name.toLowerCase(), index)
    return { instructions, start, sources: instructions.flatMap(readSources) }
  })
  return { stages, named }
}

function readSources(instruction: Instruction): readonly string[] {
  return readFlags(instruction).flatMap(({ name, value }) => {
    if (name === 'from') return [value]
    const from = name === 'mount' ? readMountFields(value).get('from') : undefined
    return from === undefined ? [] : [from]
  })
}
