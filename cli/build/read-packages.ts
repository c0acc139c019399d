import { readFile } from 'node:fs/promises'
import { isErrno } from '#contract/errno.ts'
import type { Submission } from '../../client/builds.ts'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-code.ts'
import type { Session } from '../session.ts'
import { commands } from '../texts/commands.ts'

/** What stands in place of a Dockerfile. */
export interface PackageOptions {
  readonly base?: string
  readonly apt?: readonly string[]
  readonly pip?: readonly string[]
  readonly conda?: readonly string[]
  readonly condaChannel?: readonly string[]
  readonly requirements?: string
  readonly environment?: string
}

type Packages = Pick<Submission, 'base_image' | 'packages'>

/** The lists of a build that has no Dockerfile; `undefined` when no package was named. @throws CommandError */
export async function readPackages(
  { say }: Pick<Session, 'say'>,
  options: PackageOptions,
): Promise<Packages | undefined> {
  const { base, apt, pip, conda, condaChannel: channels, requirements, environment } = options
  const named = [apt, pip, conda, requirements, environment].some((one) => one !== undefined)
  if (!named && base === undefined) return undefined
  if (!named || base === undefined) {
    throw new CommandError(say(commands.baseAndPackages), exitCodes.usage)
  }
  return {
    base_image: base,
    packages: {
      ...(apt && { apt: [...apt] }),
      ...(pip && { pip: [...pip] }),
      ...(conda && { conda: [...conda] }),
      ...(channels && { conda_channels: [...channels] }),
      ...(requirements !== undefined && { requirements: await readText(say, requirements) }),
      ...(environment !== undefined && { environment: await readText(say, environment) }),
    },
  }
}

async function readText(say: Session['say'], path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
    throw new CommandError(say(commands.noFile, { path }), exitCodes.usage)
  }
}
