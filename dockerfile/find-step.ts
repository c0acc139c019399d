import type { Instruction } from 'dockerfile-ast'
import { parseDockerfile } from './parse.ts'

/**
 * The line of the instruction that a build step stands for, counted from 1, found by the step's name such as
 * `[build 2/4] RUN make`. BuildKit gives the line itself except when a step runs behind its network proxy.
 * `undefined` when no instruction fits, or more than one and their places do not tell.
 */
export function findStepLine(dockerfile: string, step: string): number | undefined {
  return createStepFinder(dockerfile)(step)
}

/** `findStepLine` for many steps of one Dockerfile. */
export function createStepFinder(dockerfile: string): (step: string) => number | undefined {
  const stages = parseDockerfile(dockerfile).getInstructions().reduce(splitStages, [])
  return (step) => findIn(stages, step)
}

function findIn(all: readonly BuildStage[], step: string): number | undefined {
  const match = /^\[(?:(?<stage>\S+) )? *(?<place>\d+)\/(?<total>\d+)\] (?<text>.+)$/s.exec(step)
  const { stage, text, place, total } = match?.groups ?? {}
  if (text === undefined) return undefined
  const stages = all.filter(
    ({ names }) => stage === undefined || names.includes(stage.toLowerCase()),
  )
  // A base is shown with its full name and digest, and what it asked for has no line of its own: FROM is meant.
  if (/^(FROM|ONBUILD) /.test(text)) return only(stages.map(({ instructions: [from] }) => from))
  const fitting = stages
    .flatMap(({ instructions }) => instructions)
    .filter((instruction) => fits(instruction.getTextContent(), text))
  const counted = stages.map((one) => stepAt(one, Number(place), Number(total)))
  return only(fitting.length === 1 ? fitting : fitting.filter((one) => counted.includes(one)))
}

function only(found: readonly (Instruction | undefined)[]): number | undefined {
  return found.length === 1 ? lineOf(found[0]) : undefined
}

const counts = ['RUN', 'COPY', 'ADD', 'WORKDIR']

/**
 * The instruction at a place among the steps of a stage, as BuildKit counts them: FROM is one if it names an image, and
 * triggers of the base may be others, which the total then tells; `WORKDIR /` makes none, but is in the total.
 */
function stepAt(
  { instructions }: BuildStage,
  place: number,
  total: number,
): Instruction | undefined {
  const steps = instructions.filter((one) => counts.includes(one.getKeyword().toUpperCase()))
  const before = total - steps.length
  if (before < 0 || before > 1 || steps.some(isPerhapsRoot)) return undefined
  return steps[place - 1 - before]
}

function isPerhapsRoot(instruction: Instruction): boolean {
  const isWorkdir = instruction.getKeyword().toUpperCase() === 'WORKDIR'
  return isWorkdir && /^["']?\/*["']?$|\$|\.\./.test(instruction.getArgumentsContent() ?? '')
}

/** The line of the one instruction that holds a URL or a flag. `undefined` when there is none, or more than one. */
export function findNamingLine(dockerfile: string, name: string | undefined): number | undefined {
  if (name === undefined) return undefined
  const naming = parseDockerfile(dockerfile)
    .getInstructions()
    .filter((instruction) => instruction.getTextContent().includes(name))
  return naming.length === 1 ? lineOf(naming[0]) : undefined
}

interface BuildStage {
  /** As BuildKit calls it: by its own name, else by its number. */
  readonly names: readonly string[]
  readonly instructions: Instruction[]
}

function splitStages(stages: BuildStage[], instruction: Instruction): BuildStage[] {
  if (instruction.getKeyword() === 'FROM') {
    const alias = /\bAS\s+(\S+)\s*$/i.exec(instruction.getTextContent())?.[1]?.toLowerCase()
    stages.push({ names: [alias ?? '', `stage-${stages.length}`], instructions: [] })
  }
  stages.at(-1)?.instructions.push(instruction)
  return stages
}

function lineOf(instruction: Instruction | undefined): number {
  return (instruction?.getRange().start.line ?? 0) + 1
}

/** BuildKit shows a heredoc by its first words only: `RUN <<EOF (first words...)`. */
function fits(instruction: string, shown: string): boolean {
  const heredoc = /^(.*<<-?\S+) \((.*?)(?:\.\.\.)?\)$/s.exec(shown)
  const written = oneLine(instruction)
  if (heredoc === null) return written === oneLine(shown)
  const [, head = '', body = ''] = heredoc
  return written.startsWith(`${oneLine(head)} ${body.trim()}`)
}

/** Without continuations, comments between them and repeated blanks, the keyword in upper case. */
function oneLine(text: string): string {
  return text
    .replaceAll(/\\[ \t]*\r?\n(?:[ \t]*#[^\n]*\n)*/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/^\S+/, (keyword) => keyword.toUpperCase())
}
