import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'

/** Whom a program runs as. */
export interface RunUser {
  readonly uid: number
  readonly gid: number
  readonly additionalGids: readonly number[]
  readonly home: string
}

/** The image names a user that its files do not know. */
export class UnknownUser extends Error {
  override readonly name = 'UnknownUser'
}

const maxId = 2 ** 31 - 1
const maxFileBytes = 4 * 1024 * 1024

/**
 * Whom `USER` of an image means: a name or number, and after a colon a group likewise. Names are those of the image's own
 * files. @throws UnknownUser
 */
export async function resolveUser(root: string, text: string): Promise<RunUser> {
  const [userPart = '', groupPart] = text.split(':')
  const [users, groups] = await Promise.all([
    readTable(root, 'etc/passwd'),
    readTable(root, 'etc/group'),
  ])
  const wanted = userPart === '' ? '0' : userPart
  const user = users.find(([name, , uid]) => name === wanted || uid === wanted)
  const uid = user === undefined ? numberOf(wanted) : numberOf(user[2] ?? '')
  if (uid === undefined) throw new UnknownUser(`the image has no user ${wanted.slice(0, 64)}`)
  const gid = groupPart ? groupOf(groups, groupPart) : (numberOf(user?.[3] ?? '') ?? 0)
  const [name] = user ?? []
  // A group that was named is the only one, as for every other container runtime.
  const memberOf = groupPart
    ? []
    : groups.filter(
        ([, , , members = '']) => name !== undefined && members.split(',').includes(name),
      )
  return {
    uid,
    gid,
    additionalGids: memberOf.flatMap(([, , id = '']) => numberOf(id) ?? []),
    home: user?.[5] || '/',
  }
}

type Table = readonly (readonly string[])[]

function groupOf(groups: Table, wanted: string): number {
  const group = groups.find(([name, , gid]) => name === wanted || gid === wanted)
  const gid = numberOf(group?.[2] ?? wanted)
  if (gid === undefined) throw new UnknownUser(`the image has no group ${wanted.slice(0, 64)}`)
  return gid
}

function numberOf(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) <= maxId ? Number(text) : undefined
}

/** Lines of a file of the image, cut at their colons. A link that leads out of the image leads nowhere. */
async function readTable(root: string, name: string): Promise<Table> {
  const [base, path] = await Promise.all([
    realpath(root),
    realpath(join(root, name)).catch(() => undefined),
  ])
  if (path === undefined || !path.startsWith(`${base}/`)) return []
  const bytes = await readFile(path)
  if (bytes.length > maxFileBytes) throw new UnknownUser(`the image has a ${name} that is too long`)
  return bytes
    .toString()
    .split('\n')
    .map((line) => line.trim().split(':'))
}
