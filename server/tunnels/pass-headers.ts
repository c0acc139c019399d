import type { IncomingHttpHeaders } from 'node:http'
import { setsOwnCookie, withoutOwnCookies } from '../sign-in/own-cookies.ts'
import type { Lead } from './lead.ts'

/** What belongs to one connection and not to the request. */
const ofConnection: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Where addresses are this server's own: what is for it alone to know, and what would bind or clear all of them. */
const ofOrigin: ReadonlySet<string> = new Set([
  'alt-svc',
  'authorization',
  'clear-site-data',
  'nel',
  'report-to',
  'reporting-endpoints',
  'strict-transport-security',
  'www-authenticate',
])

type Headers = Record<string, string | string[]>

/** Headers of a request, as what it is passed on to gets them. Pure. */
export function requestHeaders(headers: IncomingHttpHeaders, { prefix }: Lead): Headers {
  const { cookie, ...rest } = withoutDropped(headers, prefix)
  const left = typeof cookie === 'string' ? withoutOwnCookies(cookie) : ''
  return { ...rest, ...(left !== '' && { cookie: left }), 'x-forwarded-prefix': prefix }
}

/** Headers of an answer, as the caller gets them. Cookies stay with what has set them. Pure. */
export function responseHeaders(headers: IncomingHttpHeaders, { prefix, sandbox }: Lead): Headers {
  const { 'set-cookie': cookies, ...rest } = withoutDropped(headers, prefix)
  const theirs = Array.isArray(cookies) ? cookies.filter((one) => !setsOwnCookie(one)) : []
  const own = theirs.map((cookie) => bindCookie(cookie, prefix))
  return {
    ...rest,
    ...(own.length > 0 && { 'set-cookie': own }),
    ...(sandbox && {
      'content-security-policy': 'sandbox allow-scripts allow-forms allow-popups allow-downloads',
    }),
  }
}

function withoutDropped(headers: IncomingHttpHeaders, prefix: string): Headers {
  const isDropped = (name: string) =>
    ofConnection.has(name) || (prefix !== '' && ofOrigin.has(name))
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || isDropped(name) ? [] : [[name, value]],
    ),
  )
}

function bindCookie(cookie: string, prefix: string): string {
  const kept = cookie.split(';').filter((part) => !/^\s*(path|domain)\s*=/i.test(part))
  return [...kept, ` Path=${prefix}/`].join(';')
}
