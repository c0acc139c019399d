import { secretNames } from '#contract/secret-names.ts'
import sshpk from 'sshpk'
import type { BuildOptions } from '#contract/build.ts'
import type { ProblemCode } from '#contract/problem.ts'
import type { BuildInputs } from '../../dockerfile/global-arguments.ts'
import { readRequiredMounts } from '../../dockerfile/required-mounts.ts'
import { findSecrets } from '../../records/secrets.ts'
import type { Scope } from '../../records/scope.ts'
import { Refusal } from '../refusal.ts'
import type { Vault } from '../secrets/vault.ts'

export interface SecretDeps {
  readonly scope: Scope
  readonly vault: Vault | undefined
}

/** What a RUN asks for and no option gives, by its line. Pure. */
export function checkMounts(
  dockerfile: string,
  inputs: BuildInputs,
  { secrets = [], ssh = [] }: BuildOptions,
) {
  const given = { secret: secrets, ssh }
  return readRequiredMounts(dockerfile, inputs)
    .filter(({ type, id }) => !given[type].some((mount) => mount.id === id))
    .map(({ type, id, line }) => ({
      line,
      message:
        type === 'ssh'
          ? `the SSH key "${id}" is required here; name it in options.ssh`
          : `the secret "${id}" is required here; name it in options.secrets`,
    }))
}

interface Project {
  readonly id: number
  readonly name: string
}

/** @throws Refusal that names each option whose secret the project does not have, or has as something else. */
export async function checkSecrets(
  { scope, vault }: SecretDeps,
  project: Project,
  options: BuildOptions,
): Promise<void> {
  const names = secretNames(options)
  if (names.length === 0) return
  if (vault === undefined) throw new Refusal('secrets_off')
  const found = await findSecrets(scope.db, project.id, names)
  const known = new Set(found.map(({ name }) => name))
  refuseWhere('secret_unknown', options, ['secrets', 'ssh'], (name) =>
    known.has(name) ? undefined : `there is no secret "${name}" in the project "${project.name}"`,
  )
  const keys = new Set(options.ssh?.map(({ secret }) => secret))
  const opened = await vault.open(
    project,
    found.filter(({ name }) => keys.has(name)),
  )
  const faults = new Map(opened.map(({ name, value }) => [name, findKeyFault(value)]))
  for (const { value } of opened) value.fill(0)
  refuseWhere('secret_unusable', options, ['ssh'], (name) => faults.get(name))
}

function refuseWhere(
  code: ProblemCode,
  options: BuildOptions,
  kinds: readonly ('secrets' | 'ssh')[],
  explain: (secret: string) => string | undefined,
): void {
  const errors = kinds.flatMap((kind) =>
    (options[kind] ?? []).flatMap(({ secret }, index) => {
      const message = explain(secret)
      return message === undefined ? [] : [{ field: `options.${kind}.${index}.secret`, message }]
    }),
  )
  if (errors.length === 0) return
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
  throw new Refusal(code, detail, errors)
}

/** Why bytes are no key that an agent could use. The error of the parser is not told: it may hold parts of the key. */
function findKeyFault(value: Buffer): string | undefined {
  try {
    sshpk.parsePrivateKey(value, 'ssh-private')
    return undefined
  } catch (error) {
    const encrypted = error instanceof Error && error.name === 'KeyEncryptedError'
    return encrypted ? 'the key has a passphrase' : 'is no OpenSSH private key'
  }
}
