import { parseDockerfile } from './parse.ts'

/** The names that stages were given, without those that have none. */
export function readStageNames(dockerfile: string): readonly string[] {
  return DockerfileParser.parse(dockerfile)
    .getFROMs()
    .map((from) => from.getBuildStage())
    .filter((name) => name !== null)
}

/** Names under which a stage may be asked for as the target: its own, and its number counted from 0. */
export function readTargets(dockerfile: string): readonly string[] {
  return parseDockerfile(dockerfile)
    .getFROMs()
    .flatMap((from, index) => {
      const name = from.getBuildStage()
      return name === null ? [String(index)] : [name, String(index)]
    })
}
