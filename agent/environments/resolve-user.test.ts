import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { resolveUser, UnknownUser } from './resolve-user.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kiln-user-'))
  await mkdir(join(root, 'etc'))
  await writeFile(
    join(root, 'etc/passwd'),
    'root:x:0:0::/root:/bin/sh\nann:x:1000:100::/home/ann:\n',
  )
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nusers:x:100:\nvideo:x:44:bob,ann\n')
})
afterAll(async () => rm(root, { recursive: true, force: true }))

it.each([
  ['', { uid: 0, gid: 0, additionalGids: [], home: '/root' }],
  ['ann', { uid: 1000, gid: 100, additionalGids: [44], home: '/home/ann' }],
  ['1000', { uid: 1000, gid: 100, additionalGids: [44], home: '/home/ann' }],
  ['ann:video', { uid: 1000, gid: 44, additionalGids: [], home: '/home/ann' }],
  ['7:8', { uid: 7, gid: 8, additionalGids: [], home: '/' }],
  ['7', { uid: 7, gid: 0, additionalGids: [], home: '/' }],
])('takes "%s" as the image means it', async (text, user) => {
  expect(await resolveUser(root, text)).toEqual(user)
})

it.each(['bob', 'ann:none', '99999999999'])('knows no user "%s"', async (text) => {
  await expect(resolveUser(root, text)).rejects.toBeInstanceOf(UnknownUser)
})

it('follows no link out of the image', async () => {
  const other = await mkdtemp(join(tmpdir(), 'kiln-user-'))
  await symlink(join(root, 'etc'), join(other, 'etc'))
  await expect(resolveUser(other, 'ann')).rejects.toBeInstanceOf(UnknownUser)
  await rm(other, { recursive: true, force: true })
})
