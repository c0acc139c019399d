import type { BuildOptions } from '#contract/build.ts'
import type { Recipe } from '../../dockerfile/recipe.ts'
import { readRequiredMounts } from '../../dockerfile/required-mounts.ts'
import type { Pool } from '../../records/connect.ts'
import { findSecrets } from '../../records/secrets.ts'
import { Refusal } from '../refusal.ts'
import type { Vault } from '../secrets/vault.ts'

export interface SecretDeps {
  readonly db: Pool
  readonly vault: Vault | undefined
}

/** Names of all secrets that a build uses, each once. */
export function namesOf({ secrets = [] }: BuildOptions): readonly string[] {
  return [...new Set(secrets.map(({ secret }) => secret))]
}

/** What a RUN asks for and no option gives, by the line of the recipe. Pure. */
export function checkMounts(
  { dockerfile, buildArgs }: Recipe,
  { target, secrets = [] }: BuildOptions,
) {
  return readRequiredMounts(dockerfile, buildArgs, target)
    .filter(({ type, id }) => type === 'secret' && !secrets.some((mount) => mount.id === id))
    .map(({ id, line }) => ({
      line,
      message: `the secret "${id}" is required here; name it in options.secrets`,
    }))
}

/** @throws Refusal that names each option whose secret the project does not have. */
export async function checkSecrets(
  { db, vault }: SecretDeps,
  project: { readonly id: number; readonly name: string },
  options: BuildOptions,
): Promise<void> {
  const names = namesOf(options)
  if (names.length === 0) return
  if (vault === undefined) throw new Refusal('secrets_off')
  const found = await findSecrets(db, project.id, names)
  const known = new Set(found.map(({ name }) => name))
  const errors = (options.secrets ?? []).flatMap(({ secret }, index) => {
    if (known.has(secret)) return []
    const message = `there is no secret "${secret}" in the project "${project.name}"`
    return [{ field: `options.secrets.${index}.secret`, message }]
  })
  if (errors.length === 0) return
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
  throw new Refusal('secret_unknown', detail, errors)
}
