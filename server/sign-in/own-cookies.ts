import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'

/** `session` signs a browser in; `sign-in` is what it keeps while it is at an identity provider. */
type Purpose = 'session' | 'sign-in'

/** The cookies of this server. */
export interface OwnCookies {
  read(c: Context, purpose: Purpose): string | undefined
  write(c: Context, purpose: Purpose, value: string, seconds: number): void
  clear(c: Context, purpose: Purpose): void
}

/** Those of the hosts of ports among them. */
const isOwn = /^(__Host-)?kiln-(session|sign-in|port)=/

/** Behind https the browser itself sees to it that no other host and no page in the clear has set them. */
export function createOwnCookies(isSecure: boolean): OwnCookies {
  const nameOf = (purpose: Purpose) => `${isSecure ? '__Host-' : ''}kiln-${purpose}`
  const terms = { path: '/', secure: isSecure, httpOnly: true, sameSite: 'Lax' } as const
  return {
    read: (c, purpose) => getCookie(c, nameOf(purpose)),
    write: (c, purpose, value, seconds) =>
      setCookie(c, nameOf(purpose), value, { ...terms, maxAge: Math.floor(seconds) }),
    clear: (c, purpose) => void deleteCookie(c, nameOf(purpose), terms),
  }
}

/** A `cookie` header without the cookies of this server, for who must not have them. Pure. */
export function withoutOwnCookies(header: string): string {
  return header
    .split(/;\s*/)
    .filter((cookie) => !isOwn.test(cookie))
    .join('; ')
}

/** Whether a `set-cookie` header is of a cookie that only this server sets. Pure. */
export function setsOwnCookie(header: string): boolean {
  return isOwn.test(header.trimStart())
}
