import { parseDockerfile } from './parse.ts'

/** What was submitted, as it is stored. */
export interface RecipeSource {
  readonly dockerfile: string
  readonly base_image: string | null
  readonly options: { readonly build_args: Readonly<Record<string, string>> }
}

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
export function composeRecipe({ dockerfile, base_image: base, options }: RecipeSource): Recipe {
  const given = options.build_args
  if (base === null) return { dockerfile, addedLines: 0, buildArgs: given }
  const hasFrom = parseDockerfile(dockerfile).getFROMs().length > 0
  if (!hasFrom)
    return { dockerfile: `FROM ${base}\n${dockerfile}`, addedLines: 1, buildArgs: given }
  return { dockerfile, addedLines: 0, buildArgs: { ...given, BASE_IMAGE: base } }
}
