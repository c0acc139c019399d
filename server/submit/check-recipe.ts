import type { BuildRequest } from '#contract/build.ts'
import { parseReference } from '#contract/image.ts'
import type { BuildPlatforms } from '#contract/platform.ts'
import { readBases } from '../../dockerfile/bases.ts'
import { checkDockerfile, type DockerfileProblem } from '../../dockerfile/check.ts'
import { readDeviceSteps } from '../../dockerfile/device-steps.ts'
import { composeRecipe } from '../../dockerfile/recipe.ts'
import type { FarmLimits } from '../limits.ts'
import { Refusal, refuseField } from '../refusal.ts'
import { checkOptions } from './check-options.ts'
import { checkMounts } from './check-secrets.ts'

export interface RecipeTerms {
  readonly limits: FarmLimits
  /** For what and on what the build may be built; what FROM means may depend on it. */
  readonly platforms: readonly BuildPlatforms[]
}

/** Checks a Dockerfile, and the options in its light. Pure. @throws Refusal that names each line or field. */
export function checkRecipe(
  { dockerfile, base_image: base, options, contexts }: Omit<BuildRequest, 'name'>,
  { limits, platforms }: RecipeTerms,
): void {
  if (base !== undefined && parseReference(base) === undefined) {
    const message = `"${base.slice(0, 200)}" is not an image reference`
    throw refuseField('invalid_request', 'base_image', message)
  }
  const recipe = composeRecipe({ dockerfile, base_image: base ?? null, options })
  const { buildArgs: args, addedLines } = recipe
  const kinds = platforms.map((one) => {
    const inputs = { args, target: options.target, platforms: one }
    return [
      ...checkReferences(recipe.dockerfile, inputs, Object.keys(contexts)),
      ...checkMounts(recipe.dockerfile, inputs, options),
      ...checkDevices(recipe.dockerfile, inputs),
    ]
  })
  const errors = [...checkDockerfile(recipe.dockerfile), ...inAll(kinds)].map(
    ({ line, message }) => ({ field: 'dockerfile', line: Math.max(1, line - addedLines), message }),
  )
  if (errors.length > 0) {
    const detail = errors.map(({ line, message }) => `line ${line}: ${message}`).join('; ')
    throw new Refusal('dockerfile_invalid', detail, errors)
  }
  const wrong = checkOptions(recipe.dockerfile, options, limits)
  if (wrong.length > 0) {
    const detail = wrong.map(({ field, message }) => `${field}: ${message}`).join('; ')
    throw new Refusal('invalid_request', detail, wrong)
  }
}

function checkReferences(...recipe: Parameters<typeof readBases>): readonly DockerfileProblem[] {
  return readBases(...recipe)
    .filter(({ reference }) => parseReference(reference) === undefined)
    .map(({ reference, line }) => ({ line, message: explain(reference) }))
}

/**
 * A step with a device leaves files of the node's driver in its layer, and the daemon skips a device that the node lacks
 * without a word: the same Dockerfile would make other bytes on other nodes.
 */
function checkDevices(...recipe: Parameters<typeof readDeviceSteps>): readonly DockerfileProblem[] {
  return readDeviceSteps(...recipe).map(({ device, line }) => ({
    line,
    message: `RUN --device=${device.slice(0, 200)}: no step is given a device, as its layer would hold files of the node's driver; build without a GPU, which Kiln runs the image on once it is built`,
  }))
}

function explain(reference: string): string {
  if (reference !== '') return `"${reference.slice(0, 200)}" is not an image reference`
  return 'nothing is left of the base: an ARG before the first FROM must declare each of its variables, with a value'
}

/** What is wrong whichever kind of node takes the build. */
function inAll(kinds: readonly (readonly DockerfileProblem[])[]): readonly DockerfileProblem[] {
  const [first = [], ...others] = kinds
  return first.filter(({ line, message }) =>
    others.every((problems) =>
      problems.some((other) => other.line === line && other.message === message),
    ),
  )
}
