import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isErrno } from '#contract/errno.ts'

/** Which server a person works with, as whom, and in which project. */
export interface SavedLogin {
  readonly server: string
  readonly token?: string
  readonly project?: string
}

/** @returns `undefined` where nobody has logged in. @throws SyntaxError when the file is none of ours. */
export async function readLogin(file: string): Promise<SavedLogin | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  })
  if (text === undefined) return undefined
  const saved: unknown = JSON.parse(text)
  if (typeof saved !== 'object' || saved === null) throw new SyntaxError(`${file} is no login`)
  const server = 'server' in saved ? saved.server : undefined
  const token = 'token' in saved ? saved.token : undefined
  const project = 'project' in saved ? saved.project : undefined
  if (typeof server !== 'string') throw new SyntaxError(`${file} names no server`)
  return {
    server,
    ...(typeof token === 'string' && { token }),
    ...(typeof project === 'string' && { project }),
  }
}

/** Nobody else may read it, not even while it is written. */
export async function saveLogin(file: string, login: SavedLogin): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const fresh = `${file}.${process.pid}`
  await writeFile(fresh, `${JSON.stringify(login, undefined, 2)}\n`, { mode: 0o600 })
  await chmod(fresh, 0o600)
  await rename(fresh, file)
}
