import type { IncomingHttpHeaders } from 'node:http'
import { setsOwnCookie, withoutOwnCookies } from '../sign-in/own-cookies.ts'
import type { Lead } from './lead.ts'

/** What belongs to one connection and not to the request, and what is this server's own to know. */
const dropped: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

type Headers = Record<string, string | string[]>

/** Headers of a request, as what it is passed on to gets them. Pure. */
export function requestHeaders(headers: IncomingHttpHeaders, { prefix }: Lead): Headers {
  const { cookie, ...rest } = withoutDropped(headers)
  const left = typeof cookie === 'string' ? withoutOwnCookies(cookie) : ''
  return { ...rest, ...(left !== '' && { cookie: left }), 'x-forwarded-prefix': prefix }
}

/** Headers of an answer, as the caller gets them. Cookies stay with what has set them. Pure. */
export function responseHeaders(headers: IncomingHttpHeaders, { prefix, sandbox }: Lead): Headers {
  const { 'set-cookie': cookies, ...rest } = withoutDropped(headers)
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

function withoutDropped(headers: IncomingHttpHeaders): Headers {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || dropped.has(name) ? [] : [[name, value]],
    ),
  )
}

function bindCookie(cookie: string, prefix: string): string {
  const kept = cookie.split(';').filter((part) => !/^\s*(path|domain)\s*=/i.test(part))
  return [...kept, ` Path=${prefix}/`].join(';')
}
