import { readdir, readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

/** Migrations up to here were there before anybody ran two versions side by side. */
const first = 56

/** Those that take away what the version before neither reads nor writes any more: the second half of a change. */
const second = new Set(['0093-drop-waiting-reason.ts'])

/** Those that take away nothing but what refuses rows: the version before writes none that would be refused. */
const looser = new Set(['0271-checked-at-once.ts'])

/** What the version before would miss, or could not write any more. */
const taken =
  /drop\s+(table|column|function|constraint)|dropColumn|dropTable|rename|alter\s+column\s+\w+\s+type|set\s+not\s+null|setNotNull/i

it('only add, so that the version before still works on what they leave', async () => {
  const files = (await readdir(import.meta.dirname)).filter((name) => /^\d{4}-.*\.ts$/.test(name))
  const added = files.filter(
    (name) => Number(name.slice(0, 4)) >= first && !second.has(name) && !looser.has(name),
  )
  for (const name of added) {
    const text = await readFile(`${import.meta.dirname}/${name}`, 'utf8')
    expect([name, taken.exec(text)?.[0]]).toEqual([name, undefined])
  }
  expect(taken.test("db.schema.alterTable('a').dropColumn('b')")).toBe(true)
})
