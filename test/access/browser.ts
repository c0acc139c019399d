import type { Answer } from './tenants.ts'

/** What a browser does of itself: it keeps cookies, follows redirects, and says of which page it asks. */
export interface Browser {
  /** Path and query of where it was sent last. */
  readonly at: string
  /** Goes somewhere, and where that sends it to. */
  follow(path: string): Promise<void>
  /** The same up to an address that begins so, where it does not go. @returns path and query of that. */
  stopAt(path: string, prefix: string): Promise<string>
  /** As a page of the server does, with headers changed or left out. */
  ask(
    method: string,
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string | undefined>>,
  ): Promise<Answer>
  /** Empty when there is none. */
  cookie(name: string): string
  /** As the server has set it. */
  cookieText(name: string): string
  keep(name: string, value: string): void
}

const maxRedirects = 10

/** The server at `url` is known to the browser as `publicUrl`. */
export function startBrowser(url: URL, publicUrl: string): Browser {
  const jar = new Map<string, { readonly value: string; readonly text: string }>()
  let at = ''
  const go = async (target: URL, init: RequestInit = {}) => {
    const isOwn = target.origin === publicUrl
    const reached = isOwn ? new URL(`${target.pathname}${target.search}`, url) : target
    const cookies = [...jar].map(([name, { value }]) => `${name}=${value}`).join('; ')
    const headers = new Headers(init.headers)
    if (isOwn && cookies !== '') headers.set('cookie', cookies)
    const reply = await fetch(reached, { ...init, headers, redirect: 'manual' })
    for (const text of isOwn ? reply.headers.getSetCookie() : []) {
      const [pair = ''] = text.split(';')
      const [name = '', value = ''] = pair.split('=')
      if (/max-age=0/i.test(text)) jar.delete(name)
      else jar.set(name, { value, text })
    }
    return reply
  }
  const walk = async (path: string, prefix?: string) => {
    let target = new URL(path, publicUrl)
    for (let i = 0; i < maxRedirects; i += 1) {
      const here = `${target.pathname}${target.search}`
      if (prefix !== undefined && target.origin === publicUrl && target.pathname === prefix)
        return here
      at = here
      const to = (await go(target)).headers.get('location')
      if (to === null) return here
      target = new URL(to, target)
    }
    throw new Error(`sent around for ever: ${target.href}`)
  }
  return {
    get at() {
      return at
    },
    follow: async (path) => void (await walk(path)),
    stopAt: async (path, prefix) => walk(path, prefix),
    ask: async (method, path, body, headers = {}) => {
      const all = {
        origin: method === 'GET' ? undefined : publicUrl,
        'content-type': 'application/json',
        ...headers,
      }
      const reply = await go(new URL(path, publicUrl), {
        method,
        headers: Object.entries(all).flatMap(([name, value]): [string, string][] =>
          value === undefined ? [] : [[name, value]],
        ),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await reply.text()
      const isJson = /[/+]json/.test(reply.headers.get('content-type') ?? '')
      return { status: reply.status, body: isJson ? (JSON.parse(text) as unknown) : text }
    },
    cookie: (name) => jar.get(name)?.value ?? '',
    cookieText: (name) => jar.get(name)?.text ?? '',
    keep: (name, value) => void jar.set(name, { value, text: '' }),
  }
}
