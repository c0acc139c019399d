import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readTargets } from '../../agent/saving/link-targets.ts'
import { readEntry, walkUpper } from '../../agent/saving/walk-upper.ts'

/** What an environment has written, with a folder `b` in it, and a folder of the host that has more in one of that name. */
const makeUpper = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-walk-'))
  const [upper, host] = [join(folder, 'upper'), join(folder, 'host')]
  for (const each of [upper, host]) await mkdir(join(each, 'b/deep'), { recursive: true })
  const names = Array.from({ length: 100 }, (_, index) => `b/own-${index}`)
  for (const name of names) await writeFile(join(upper, name), '')
  for (const name of names) await writeFile(join(host, name), 'of the host')
  await writeFile(join(host, 'b/secret'), 'of the host')
  await symlink('/of/the/host', join(host, 'b/link'))
  return {
    upper,
    /** As a program does it that runs meanwhile. */
    swap: async () => {
      await rename(join(upper, 'b'), join(folder, 'away'))
      await symlink(join(host, 'b'), join(upper, 'b'))
    },
    [Symbol.asyncDispose]: async () => rm(folder, { recursive: true }),
  }
}

it('is not led through the files of the node by a folder that becomes a link', async () => {
  for (const swapAt of ['b', 'b/deep', 'b/own-0']) {
    await using made = await makeUpper()
    const seen = []
    for await (const { path, bytes } of walkUpper(made.upper, () => false)) {
      seen.push({ path, bytes })
      if (path === swapAt) await made.swap()
    }
    expect(seen.filter(({ bytes }) => bytes > 0)).toEqual([])
    expect(seen.map(({ path }) => path)).not.toContain('b/secret')
    expect(seen.length).toBeLessThan(100)
  }
})

it('looks at nothing below a link', async () => {
  await using made = await makeUpper()
  expect(await readEntry(made.upper, 'b/own-1')).toMatchObject({ kind: 'file', bytes: 0 })
  await made.swap()
  expect(await readEntry(made.upper, 'b')).toMatchObject({ kind: 'link' })
  expect(await readEntry(made.upper, 'b/own-1')).toBeUndefined()
  expect(await readEntry(made.upper, 'b/deep/none')).toBeUndefined()
  expect(await readTargets(made.upper, [{ path: 'b/link' }])).toEqual([])
})
