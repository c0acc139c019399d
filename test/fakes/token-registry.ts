import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

interface Asked {
  readonly login: string
  readonly scope: string
  readonly status: number
  /** Who asked, by its User-Agent. */
  readonly program: string
}

export interface TokenRegistry extends AsyncDisposable {
  /** `127.0.0.1:<port>`, without TLS. */
  readonly host: string
  readonly realm: string
  /** Requests to the token service, and what they were answered. */
  readonly asked: readonly Asked[]
  /** The Authorization headers that the registry itself has seen. */
  readonly shown: readonly string[]
  /**
   * Until it is disposed the registry calls this its token service, or has none and wants Basic.
   * @param to only those whose User-Agent matches.
   */
  announce(realm: string | undefined, to?: RegExp): Disposable
}

/**
 * A registry in memory. Its challenges send everybody to its token service, whose tokens live for a minute; from those
 * who do not ask it takes Basic as well, as Harbor does.
 */
export async function startTokenRegistry(options: {
  readonly username: string
  readonly password: string
  readonly refreshToken: string
}): Promise<TokenRegistry> {
  const store = createStore()
  const tokens = new Set<string>()
  const asked: Asked[] = []
  const shown: string[] = []
  const basic = `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`
  let challengeFor: (program: string) => string | undefined
  const answer = async (request: IncomingMessage, reply: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://registry')
    const { authorization = '', 'user-agent': program = '' } = request.headers
    if (url.pathname.endsWith('/token')) return giveToken(request, reply, url)
    if (authorization !== '') shown.push(authorization)
    const isKnown = authorization === basic || tokens.has(authorization.replace(/^Bearer /, ''))
    if (isKnown) return store(request, reply, url)
    const realm = challengeFor(program)
    const actions = ['GET', 'HEAD'].includes(request.method ?? '') ? 'pull' : 'pull,push'
    const scope = `repository:${url.pathname.split('/').slice(2, -2).join('/')}:${actions}`
    const bearer = `Bearer realm="${realm}",service="fake",scope="${scope}"`
    return end(reply, 401, { 'www-authenticate': realm ? bearer : 'Basic realm="fake"' })
  }
  const giveToken = async (request: IncomingMessage, reply: ServerResponse, url: URL) => {
    const form = new URLSearchParams((await buffer(request)).toString())
    const login = form.get('refresh_token') ?? request.headers.authorization ?? ''
    const status = [basic, options.refreshToken].includes(login) ? 200 : 401
    const scope = form.get('scope') ?? url.searchParams.getAll('scope').join(' ')
    asked.push({ login, scope, status, program: request.headers['user-agent'] ?? '' })
    if (status !== 200) return end(reply, status, {})
    const token = `token-${randomUUID()}`
    tokens.add(token)
    const body = JSON.stringify({ token, access_token: token, expires_in: 60 })
    return end(reply, status, { 'content-type': 'application/json' }, body)
  }
  const server = createServer((request, reply) => {
    answer(request, reply).catch(() => reply.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const realm = `http://${host}/token`
  challengeFor = () => realm
  return {
    host,
    realm,
    asked,
    shown,
    announce: (other, to) => {
      challengeFor = (program) => (to?.test(program) === false ? realm : other)
      return { [Symbol.dispose]: () => void (challengeFor = () => realm) }
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** As much of the distribution API as a push and a pull need. */
function createStore() {
  const blobs = new Map<string, { readonly bytes: Buffer; readonly type: string }>()
  return async (request: IncomingMessage, reply: ServerResponse, url: URL) => {
    const bytes = await buffer(request)
    const name = url.pathname.split('/').at(-1) ?? ''
    if (request.method === 'POST')
      return end(reply, 202, { location: `${url.pathname}${randomUUID()}` })
    if (request.method === 'PUT') {
      const digest = digestOf(bytes)
      const type = request.headers['content-type'] ?? ''
      for (const key of [digest, url.pathname]) blobs.set(key, { bytes, type })
      return end(reply, 201, { 'docker-content-digest': digest })
    }
    const found = blobs.get(name) ?? blobs.get(url.pathname)
    if (found === undefined) return end(reply, 404, {})
    const length = String(found.bytes.length)
    const digest = digestOf(found.bytes)
    const headers = { 'content-type': found.type, 'docker-content-digest': digest }
    return end(reply, 200, { ...headers, 'content-length': length }, found.bytes)
  }
}

function end(
  reply: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = '',
): void {
  reply.writeHead(status, headers).end(body)
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
