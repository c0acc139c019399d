import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { isErrno } from '#contract/errno.ts'
import type { NewId } from '#contract/id.ts'
import { storeApiToken } from '../../records/api-tokens.ts'
import type { Pool } from '../../records/connect.ts'
import { createUser, findUser } from '../../records/users.ts'
import { hashToken } from './token.ts'
import { isApiToken, makeApiToken, prefixOf } from './api-token.ts'

const name = 'admin'

/**
 * Sees to it that the operator `admin` is let in by the token in the file, which is made when it is not there. A token that
 * was revoked stays so.
 */
export async function ensureLocalAdmin(
  { db, newId }: { readonly db: Pool; readonly newId: NewId },
  file: string,
): Promise<void> {
  const token = (await readToken(file)) ?? (await writeToken(file))
  const scope = { farm: db, actor: 'farm' }
  const user = (await findUser(db, name)) ?? (await createUser(scope, { name, isOperator: true }))
  if (user === undefined) return ensureLocalAdmin({ db, newId }, file)
  await storeApiToken(scope, {
    id: newId('token'),
    user,
    name: 'made at the first start',
    prefix: prefixOf(token),
    hash: hashToken(token),
    scopes: ['admin', 'operate'],
    projectId: null,
    expiresAt: null,
  })
}

async function readToken(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  })
  if (text === undefined) return undefined
  if (!isApiToken(text.trim())) throw new Error(`${file} holds no token: remove it for a new one`)
  return text.trim()
}

async function writeToken(file: string): Promise<string> {
  const { token } = makeApiToken(randomBytes)
  await writeFile(`${file}.new`, `${token}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return token
}
