import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { isErrno } from '#contract/errno.ts'
import {
  createExclusion,
  excludeNothing,
  type Exclusion,
  ignoreFiles,
  maxIgnoreBytes,
} from '../../contexts/exclusion.ts'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-code.ts'
import { misuse } from '../texts/misuse.ts'

/**
 * What the ignore file of a build excludes: the one beside its Dockerfile, `NAME.dockerignore`, before the general one.
 * @param dockerfile path of the Dockerfile; `undefined` when it is no file.
 * @throws CommandError that names a pattern which is none.
 */
export async function findExclusion(
  root: string,
  dockerfile: string | undefined,
): Promise<Exclusion> {
  const beside = dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`]
  for (const file of [...beside, join(root, '.dockerignore')]) {
    const text = await readText(file)
    if (text !== undefined) return leaveToFollow(relative(root, file), parse(file, text))
  }
  return leaveToFollow('', excludeNothing)
}

/**
 * The server follows the first of the ignore files that come with a context. So that it is the one that is in force, or
 * none, those before it are not sent. Pure.
 */
function leaveToFollow(name: string, { excludes, mayKeepBelow }: Exclusion): Exclusion {
  const at = ignoreFiles.indexOf(name)
  const isSent = at !== -1 && !excludes(name)
  const unsent = new Set(isSent ? ignoreFiles.slice(0, at) : ignoreFiles)
  return { excludes: (path) => unsent.has(path) || excludes(path), mayKeepBelow }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(file)
    if (bytes.length <= maxIgnoreBytes) return bytes.toString('utf8')
    const values = { path: file, max: maxIgnoreBytes }
    throw new CommandError(misuse.largeIgnoreFile, exitCodes.usage, undefined, values)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

function parse(file: string, text: string): Exclusion {
  try {
    return createExclusion(text)
  } catch (error) {
    const values = { path: file, problem: error instanceof Error ? error.message : '' }
    throw new CommandError(misuse.badEntry, exitCodes.build, undefined, values)
  }
}
