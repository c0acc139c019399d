import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { isErrno } from '#contract/errno.ts'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-code.ts'
import type { Session } from '../session.ts'
import { commands } from '../texts/commands.ts'
import type { ContextPlace } from './parse-options.ts'

export interface Recipe {
  readonly text: string
  /** Absent when it came from standard input. */
  readonly path: string | undefined
}

/**
 * The Dockerfile of a build: the one that is named, `-` for standard input, else `Dockerfile` in the folder of the context.
 * @throws CommandError
 */
export async function readRecipe(
  { deps, say }: Session,
  file: string | undefined,
  context: ContextPlace,
): Promise<Recipe> {
  if (file === '-') {
    return { text: (await buffer(deps.streams.input)).toString('utf8'), path: undefined }
  }
  if (file === undefined && context.kind === 'git') {
    throw new CommandError(say(commands.gitNeedsFile), exitCodes.usage)
  }
  const root = context.kind === 'folder' ? context.path : '.'
  const path = resolve(file ?? join(root, 'Dockerfile'))
  try {
    return { text: await readFile(path, 'utf8'), path }
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
    throw new CommandError(say(commands.noDockerfile, { path }), exitCodes.usage)
  }
}
