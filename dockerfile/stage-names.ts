import { parseDockerfile } from './parse.ts'

/** The names that stages were given. The frontend knows a target by nothing else, such as its number. */
export function readStageNames(dockerfile: string): readonly string[] {
  return parseDockerfile(dockerfile)
    .getFROMs()
    .map((from) => from.getBuildStage())
    .filter((name) => name !== null)
}
