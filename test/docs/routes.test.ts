import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { routeTable } from '../access/route-table.ts'

const known = new Set([...routeTable.keys()].map(plain))

/** Whatever a parameter is called. */
function plain(route: string): string {
  return route.replaceAll(/:\w+(\{[^}]*\})?|\{[^}]*\}/g, '{}')
}

/** `GET /api/builds/{id}`, without what is asked behind the path. */
function readRoutes(text: string): readonly string[] {
  const named = text.matchAll(/\b(?:GET|POST|PUT|PATCH|DELETE) \/api\/[\w/{}|\\.-]*[\w}]/g)
  return [...named].map(([route]) => plain(route))
}

it.each(globSync(['*.md', 'docs/**/*.md']))('%s names no route that is not there', async (page) => {
  const named = readRoutes(await readFile(page, 'utf8'))
  expect(named.filter((route) => !known.has(route))).toEqual([])
})
