import type { Instruction } from 'dockerfile-ast'
import { parseDockerfile } from './parse.ts'

/**
 * The line of the instruction that a build step stands for, counted from 1, found by the step's name such as
 * `[build 2/4] RUN make`. BuildKit gives the line itself except when a step runs behind its network proxy.
 * `undefined` when no instruction, or more than one, fits.
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
  const match = /^\[(?:(?<stage>\S+) )?\d+\/\d+\] (?<text>.+)$/s.exec(step)
  const { stage, text } = match?.groups ?? {}
  if (text === undefined) return undefined
  const stages = all.filter(
    ({ names }) => stage === undefined || names.includes(stage.toLowerCase()),
  )
  // A base is shown with its full name and digest, and what it asked for has no line of its own: FROM is meant.
  const fitting = /^(FROM|ONBUILD) /.test(text)
    ? stages.map(({ instructions: [from] }) => from)
    : stages
        .flatMap(({ instructions }) => instructions)
        .filter((instruction) => fits(instruction.getTextContent(), text))
  return fitting.length === 1 ? lineOf(fitting[0]) : undefined
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
