import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildRequest } from '#contract/build.ts'
import type { Problem } from '#contract/problem.ts'
import { submitBuild } from '#contract/wire/build.ts'
import { checkRecipe } from '../../server/submit/check-recipe.ts'
import { Refusal } from '../../server/refusal.ts'
import { createMutator, type Mutator } from './mutations.ts'
import { caseFolder, extension } from './site.ts'

/** A few that hold most of the grammar; named, so that a new case does not change what is made of them. */
const seedNames =
  'arg/scopes config/healthcheck config/labels config/shell copy/heredoc copy/chown env/forms env/modifiers ' +
  'from/arg-modifiers from/platform-arguments onbuild/stage-triggers run/heredoc-several run/mount-cache ' +
  'syntax/comments syntax/continuations syntax/crlf syntax/escape add/flags'

export async function createCaseMutator(number: number): Promise<Mutator> {
  const seeds = seedNames
    .split(' ')
    .map(async (name) => readFile(join(caseFolder, `${name}${extension}`), 'utf8'))
  return createMutator(await Promise.all(seeds), number)
}

const terms = {
  limits: { memory: undefined, cpus: undefined },
  platforms: [{ target: 'linux/amd64', build: 'linux/amd64' }],
}

/** What a submit says of a Dockerfile; empty when it is taken. @throws whatever is no refusal of the Dockerfile. */
export function refusalsOf(dockerfile: string): NonNullable<Problem['errors']> {
  const { packages: _, from_lock: __, ...rest } = submitBuild.parse({ name: 'a', dockerfile: 'x' })
  const request: BuildRequest = { ...rest, dockerfile }
  try {
    checkRecipe(request, terms)
    return []
  } catch (error) {
    if (error instanceof Refusal && error.code === 'dockerfile_invalid') return error.errors ?? []
    throw error
  }
}
