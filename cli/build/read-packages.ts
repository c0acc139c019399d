import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { isErrno } from '#contract/errno.ts'
import type { Submission } from '../../client/builds.ts'
import { pages } from '../../client/pages.ts'
import { CommandError } from '../command-error.ts'
import { gather } from '../command-of.ts'
import { exitCodes } from '../exit-code.ts'
import { findImage } from '../find-by-name.ts'
import type { Say } from '../language.ts'
import type { Session } from '../session.ts'
import { buildOptionTexts } from '../texts/build-options.ts'
import { commands } from '../texts/commands.ts'
import { help } from '../texts/help.ts'

/** What stands in place of a Dockerfile. */
export interface PackageOptions {
  readonly base?: string
  readonly apt?: readonly string[]
  readonly pip?: readonly string[]
  readonly conda?: readonly string[]
  readonly condaChannel?: readonly string[]
  readonly requirements?: string
  readonly environment?: string
  readonly pyproject?: string
  readonly lock?: string
  readonly fromLock?: string
  readonly file?: string
}

type Packages = Pick<Submission, 'base_image' | 'packages' | 'from_lock'>

/** The options of those. */
export function withPackageOptions(command: Command, say: Say): Command {
  return command
    .option('--base <image>', say(help.base))
    .option('--apt <package>', say(help.apt), gather)
    .option('--pip <requirement>', say(help.pip), gather)
    .option('--conda <package>', say(help.conda), gather)
    .option('--conda-channel <name>', say(help.condaChannel), gather)
    .option('--requirements <file>', say(help.requirements))
    .option('--environment <file>', say(help.environmentFile))
    .option('--pyproject <file>', say(buildOptionTexts.pyproject))
    .option('--lock <file>', say(buildOptionTexts.lock))
    .option('--from-lock <image@version>', say(buildOptionTexts.fromLock))
}

/** The lists of a build that has no Dockerfile; `undefined` when no package was named. @throws CommandError */
export async function readPackages(
  session: Session,
  options: PackageOptions,
): Promise<Packages | undefined> {
  const { say } = session
  const { base, apt, pip, conda, condaChannel: channels, fromLock } = options
  const { requirements, environment, pyproject, lock } = options
  const lists = [apt, pip, conda, requirements, environment, pyproject, lock]
  const named = lists.some((one) => one !== undefined)
  if (fromLock !== undefined) {
    const isAlone = !named && base === undefined && options.file === undefined
    if (isAlone) return { from_lock: await readLock(session, fromLock) }
    throw new CommandError(say(buildOptionTexts.fromLockAlone), exitCodes.usage)
  }
  if (!named && base === undefined) return undefined
  if (!named || base === undefined) {
    throw new CommandError(say(commands.baseAndPackages), exitCodes.usage)
  }
  const texts = await readTexts(say, { requirements, environment, pyproject, lock })
  return {
    base_image: base,
    packages: {
      ...(apt && { apt: [...apt] }),
      ...(pip && { pip: [...pip] }),
      ...(conda && { conda: [...conda] }),
      ...(channels && { conda_channels: [...channels] }),
      ...texts,
    },
  }
}

/** `NAME@NUMBER`, or `NAME` for the version that it points at. @throws CommandError, ServerError */
async function readLock(session: Session, text: string) {
  const { client, say } = session
  const [, name, number] = /^([^@]+)(?:@([1-9]\d{0,8}))?$/.exec(text) ?? []
  if (name === undefined) {
    throw new CommandError(say(buildOptionTexts.badFromLock, { text }), exitCodes.usage)
  }
  if (number !== undefined) return { image: name, version: Number(number) }
  const { id } = await findImage(session, name)
  for await (const { versions } of pages(async (page) => client.images.versions(id, page), {})) {
    const current = versions.find((version) => version.current)
    if (current !== undefined) return { image: name, version: current.number }
  }
  throw new CommandError(say(buildOptionTexts.noVersion, { name }), exitCodes.usage)
}

/** What the named files hold, under the names that they have here. @throws CommandError */
async function readTexts(
  say: Say,
  files: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const [name, path] of Object.entries(files)) {
    if (path !== undefined) texts[name] = await readText(say, path)
  }
  return texts
}

async function readText(say: Say, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
    throw new CommandError(say(commands.noFile, { path }), exitCodes.usage)
  }
}
