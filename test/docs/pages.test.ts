import { access, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const pages = [
  ...(await readdir('.')).filter((name) => name.endsWith('.md')),
  ...(await readdir('docs', { recursive: true }))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]

const isThere = async (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

describe.each(pages)('%s', (page) => {
  it('leads to nothing that is not there', async () => {
    const text = await readFile(page, 'utf8')
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
    const own = links.filter((link) => !/^(https?:|#|mailto:)/.test(link))
    const paths = own.map((link) => join(dirname(page), link.replace(/#.*$/, '')))
    const found = await Promise.all(paths.map(async (path) => [path, await isThere(path)]))
    expect(found.filter(([, there]) => !there)).toEqual([])
  })

  it('leads to no heading that is not there', async () => {
    const text = await readFile(page, 'utf8')
    for (const [link, target = '', anchor = ''] of text.matchAll(/\]\(([\w./-]*)#([^)\s]+)\)/g)) {
      const where = target === '' ? page : join(dirname(page), target)
      expect([link, anchorsOf(await readFile(where, 'utf8')).has(anchor)]).toEqual([link, true])
    }
  })
})

/** As GitHub makes them of headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = text.matchAll(/^#+ (.*)$/gm)
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

it('docs/security.md names tests that there are, at least one for each requirement', async () => {
  const text = await readFile('docs/security.md', 'utf8')
  const [, met = ''] = /## Requirements of OWASP[^\n]*\n([\s\S]*?)\n## /.exec(text) ?? []
  const rows = met.split('\n').filter((line) => /^\| \d/.test(line))
  expect(rows.length).toBeGreaterThan(20)
  for (const row of rows) expect(row.split('|').at(-2)).toMatch(/`[^`]+\.test\.ts`/)
  const files = [...text.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, file = '']) => file)
  const found = await Promise.all(files.map(async (file) => [file, await isThere(file)]))
  expect(found.filter(([, there]) => !there)).toEqual([])
  const places = [...text.matchAll(/`([a-z]+\/[\w./-]+)`/g)].map(([, place = '']) => place)
  for (const place of places) expect([place, await isThere(place)]).toEqual([place, true])
})

it('docs/faults.md names for each fault tests that there are', async () => {
  const text = await readFile('docs/faults.md', 'utf8')
  const rows = text.split('\n').filter((line) => /^\| \d/.test(line))
  expect(rows.length).toBeGreaterThan(10)
  for (const row of rows) {
    const files = [...row.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, file = '']) => file)
    expect([row, files.length > 0]).toEqual([row, true])
    for (const file of files) expect([file, await isThere(file)]).toEqual([file, true])
  }
})

it('every page is reached from the README in its language', async () => {
  const [english, chinese] = await Promise.all(
    ['README.md', 'README.zh-CN.md'].map((file) => readFile(file, 'utf8')),
  )
  for (const page of pages.filter((name) => /^docs\/[^/]+$/.test(name)))
    expect(english).toContain(`](${page})`)
  for (const page of pages.filter((name) => name.startsWith('docs/zh-CN/')))
    expect(chinese).toContain(`](${page})`)
  // Those that there are in English alone, too.
  for (const page of pages.filter((name) => /^docs\/[^/]+$/.test(name))) {
    const translated = page.replace('docs/', 'docs/zh-CN/')
    expect(chinese).toContain(`](${pages.includes(translated) ? translated : page})`)
  }
})
