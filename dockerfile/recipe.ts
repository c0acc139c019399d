import { DockerfileParser } from 'dockerfile-ast'

/** The Dockerfile that is built, and how it differs from what was submitted. */
export interface Recipe {
  readonly dockerfile: string
  /** Lines in front of the submitted first line; taken off again wherever a line is shown. */
  readonly addedLines: number
  readonly buildArgs: Readonly<Record<string, string>>
}

/**
 * Joins a Dockerfile with the base that was named beside it: a Dockerfile without FROM starts from that base, and one
 * with FROM can use it as `${BASE_IMAGE}`.
 */
export function composeRecipe(dockerfile: string, baseImage: string | null): Recipe {
  if (baseImage === null) return { dockerfile, addedLines: 0, buildArgs: {} }
  const hasFrom = DockerfileParser.parse(dockerfile).getFROMs().length > 0
  if (hasFrom) return { dockerfile, addedLines: 0, buildArgs: { BASE_IMAGE: baseImage } }
  return { dockerfile: `FROM ${baseImage}\n${dockerfile}`, addedLines: 1, buildArgs: {} }
}
