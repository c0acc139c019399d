import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

/** By which name the page calls whoever reads a folder's `config.ts`. */
const readers: Readonly<Record<string, string>> = {
  server: 'server',
  worker: 'worker',
  agent: 'agent',
  embedded: 'npm start',
  migrations: 'migrations',
  cli: 'kiln',
  harbor: 'kiln harbor',
  fleet: 'npm run fleet',
}

/** @returns the variables that the page's tables give to each reader. */
function readPage(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  let section = ''
  let headings: readonly string[] = []
  for (const line of text.split('\n')) {
    section = /^## (.*)/.exec(line)?.[1] ?? section
    if (!line.startsWith('|')) headings = []
    else if (headings.length === 0) headings = cellsOf(line)
    else {
      const cells = cellsOf(line)
      const by = cells[headings.indexOf('read by')] ?? section.toLowerCase()
      for (const reader of by.split(', '))
        for (const name of cells.flatMap(variablesOf)) addTo(found, reader, name)
    }
  }
  return found
}

const cellsOf = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())

/** Of a cell that holds nothing else. */
const variablesOf = (cell: string) =>
  /^`KILN_\w+`(, `KILN_\w+`)*$/.test(cell) ? namesIn(cell) : []

const namesIn = (text: string) => text.match(/KILN_\w+/g) ?? []

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key) ?? new Set()
  sets.set(key, set.add(value))
}

/** @returns the variables that a config reads, with those that it takes from another file. */
async function readVariables(file: string): Promise<ReadonlySet<string>> {
  const text = await readFile(file, 'utf8')
  const imported = [...text.matchAll(/Variables\b[^}]*\} from '(\.[^']+)'/g)].map(([, path = '']) =>
    join(dirname(file), path),
  )
  const texts = [text, ...(await Promise.all(imported.map((path) => readFile(path, 'utf8'))))]
  const found = texts.flatMap((each) => [
    ...each.matchAll(/^ {2}(KILN_\w+):|env\['(KILN_\w+)'\]/gm),
  ])
  return new Set(found.map(([, key, name]) => key ?? name ?? ''))
}

const page = await readFile('docs/configuration.md', 'utf8')
const listed = readPage(page)

it('docs/configuration.md knows everybody who reads the environment', () => {
  const folders = globSync('*/config.ts').map((file) => dirname(file))
  expect(folders.toSorted()).toEqual(Object.keys(readers).toSorted())
  expect([...listed.keys()].toSorted()).toEqual(Object.values(readers).toSorted())
})

it.each(Object.entries(readers))(
  'docs/configuration.md has the variables of %s, and no others',
  async (folder, reader) => {
    const read = await readVariables(`${folder}/config.ts`)
    expect(read.size).toBeGreaterThan(0)
    expect([...(listed.get(reader) ?? [])].toSorted()).toEqual([...read].toSorted())
  },
)

it('docs/configuration.md speaks of no variable that its tables do not have', () => {
  const known = new Set([...listed.values()].flatMap((names) => [...names]))
  expect(namesIn(page).filter((name) => !known.has(name))).toEqual([])
})
