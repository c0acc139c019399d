import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Hono } from 'hono'
import type { RouterRoute } from 'hono/types'
import { createDocument } from '../openapi/document.ts'
import { docsPage, docsScript } from '../openapi/docs-page.ts'
import { Refusal } from '../refusal.ts'

const files: Readonly<Record<string, string>> = {
  'swagger-ui-bundle.js': 'text/javascript',
  'swagger-ui.css': 'text/css',
  'favicon-32x32.png': 'image/png',
}

const cached = { 'cache-control': 'public, max-age=3600' }

/** Nothing of another host, and no script but files of this one. The page sets styles on its elements. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

/** The description of the API, for programs and as a page. @param routes of the whole server, once it has them. */
export function descriptionRoutes(routes: () => readonly RouterRoute[]) {
  let document: string | undefined
  return new Hono()
    .get('/openapi.json', (c) => {
      document ??= JSON.stringify(createDocument(routes()))
      return c.body(document, 200, { ...cached, 'content-type': 'application/json' })
    })
    .get('/docs', (c) => c.html(docsPage, 200, { 'content-security-policy': policy }))
    .get('/docs/:file', async (c) => {
      const name = c.req.param('file')
      if (name === 'start.js') {
        return c.body(docsScript, 200, { ...cached, 'content-type': 'text/javascript' })
      }
      const type = files[name]
      if (type === undefined) throw new Refusal('not_found')
      const path = fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`))
      return c.body(await readFile(path), 200, { ...cached, 'content-type': type })
    })
}
