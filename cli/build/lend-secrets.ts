import { readFile } from 'node:fs/promises'
import { isErrno } from '#contract/errno.ts'
import { maxSecretBytes } from '#contract/wire/secret.ts'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-code.ts'
import type { Session } from '../session.ts'
import { misuse } from '../texts/misuse.ts'
import type { SecretSource } from './parse-options.ts'

export interface LentSecrets extends AsyncDisposable {
  /** As a build is told of them. */
  readonly mounts: readonly { readonly id: string; readonly secret: string }[]
}

/**
 * Puts values of this machine into the project's store under names of their own, until it is disposed of: a build that was
 * accepted keeps what it was accepted with. @throws CommandError, ServerError
 */
export async function lendSecrets(
  session: Session,
  sources: readonly SecretSource[],
): Promise<LentSecrets> {
  const { client, ownProject: project, deps } = session
  await using lent = new AsyncDisposableStack()
  const mounts: { id: string; secret: string }[] = []
  for (const source of sources) {
    if (source.from === 'project') {
      mounts.push({ id: source.id, secret: source.name })
      continue
    }
    const value = await readValue(source, deps.config.variable)
    const name = `kiln-build-${Math.trunc(deps.random() * 1e15).toString(36)}-${mounts.length}`
    lent.defer(async () => client.projects.deleteSecret(project, name))
    await client.projects.putSecret(project, name, value.toString('base64'))
    mounts.push({ id: source.id, secret: name })
  }
  const owned = lent.move()
  return { mounts, [Symbol.asyncDispose]: async () => owned.disposeAsync() }
}

async function readValue(
  source: Exclude<SecretSource, { from: 'project' }>,
  variable: (name: string) => string | undefined,
): Promise<Buffer> {
  const found = source.from === 'file' ? await readBytes(source.path) : variable(source.name)
  const value = found === undefined ? undefined : Buffer.from(found)
  const what = source.from === 'file' ? source.path : `$${source.name}`
  if (value === undefined || value.length === 0) {
    const values = { id: source.id, what }
    throw new CommandError(misuse.emptySecret, exitCodes.usage, undefined, values)
  }
  if (value.length <= maxSecretBytes) return value
  const values = { id: source.id, what, max: maxSecretBytes }
  throw new CommandError(misuse.longSecret, exitCodes.usage, undefined, values)
}

async function readBytes(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  })
}
