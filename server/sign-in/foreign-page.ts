import type { Context } from 'hono'

/**
 * Whether a page of another address makes the browser ask, so that what the browser brings along says nothing of whom it
 * belongs to. To follow a link is none: what that asks changes nothing. Who is no browser says nothing of pages.
 */
export function isForeignPage(c: Context, publicUrl?: URL): boolean {
  const host = c.req.header('host') ?? ''
  const origin = c.req.header('origin')
  const own = [`http://${host}`, `https://${host}`, publicUrl?.origin]
  if (origin !== undefined && !own.includes(origin)) return true
  const site = c.req.header('sec-fetch-site')
  if (site !== 'cross-site' && site !== 'same-site') return false
  const isLink = c.req.method === 'GET' && c.req.header('sec-fetch-mode') === 'navigate'
  return !isLink
}
