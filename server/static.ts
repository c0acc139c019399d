import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { type Context, Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { secureHeaders } from 'hono/secure-headers'
import { Refusal } from './refusal.ts'

const base = '/console'
/** The names of these files change with what is in them. */
const assets = `${base}/assets/`
const forEver = 'public, max-age=31536000, immutable'
const askAgain = 'no-cache'

const policy = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    // Components and the editor set styles of their own.
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
})

const cacheControl = createMiddleware(async (c, next) => {
  await next()
  if (c.res.ok) c.header('cache-control', c.req.path.startsWith(assets) ? forEver : askAgain)
})

/**
 * The console from the folder in which it was built, below a path of its own: whatever is no file there is a page of it,
 * and nothing that the API does not have is.
 */
export function consoleRoutes({ consoleDir }: { readonly consoleDir: string }) {
  const isBuilt = existsSync(join(consoleDir, 'index.html'))
  const root = isBuilt ? consoleDir : ''
  const rewriteRequestPath = (path: string) => path.slice(base.length)
  const file = serveStatic({ root, precompressed: true, rewriteRequestPath })
  const page = serveStatic({ root, precompressed: true, path: 'index.html' })
  const notThere = (c: Context) => {
    throw isBuilt
      ? new Refusal('not_found', `there is no ${c.req.path}`)
      : new Refusal('not_found', 'the console has not been built: `npm run build` builds it')
  }
  return new Hono()
    .get('/', (c) => c.redirect(`${base}/`))
    .use(`${base}/*`, policy, cacheControl)
    .get(`${base}/*`, async (c, next) => (isBuilt ? file(c, next) : notThere(c)))
    .get(`${base}/*`, async (c, next) =>
      c.req.path.startsWith(assets) ? notThere(c) : page(c, next),
    )
}
