import type { Role, TokenScope } from '#contract/access.ts'
import type { ServerAlone } from '../server-alone.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Calls the API with a token, or as whoever is on the machine when it is empty. */
export type Call = (method: string, path: string, body?: object) => Promise<Answer>

export function callsWith(url: URL, token = ''): Call {
  return async (method, path, body) => {
    const reply = await fetch(new URL(path, url), {
      method,
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        ...(token !== '' && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    const isJson = /[/+]json/.test(reply.headers.get('content-type') ?? '')
    return { status: reply.status, body: isJson ? (JSON.parse(text) as unknown) : text }
  }
}

interface Wanted {
  readonly user: string
  readonly scopes?: readonly TokenScope[]
  readonly project?: string
}

/** What an operator does by hand. Each call may be repeated. */
export function createTenants({
  url,
  token: own = '',
}: Pick<ServerAlone, 'url'> & { readonly token?: string }) {
  const operator = callsWith(url, own)
  const token = async ({ scopes = ['admin'], ...rest }: Wanted) =>
    (await expectOne(
      operator('POST', '/api/tokens', { name: 'of a test', scopes, ...rest }),
      201,
    )) as {
      readonly id: string
      readonly token: string
      readonly prefix: string
    }
  return {
    operator,
    project: async (name: string) =>
      expectOne(operator('POST', '/api/projects', { name }), 201, 409),
    user: async (name: string, isOperator = false) =>
      expectOne(operator('POST', '/api/users', { name, operator: isOperator }), 201, 409),
    member: async (project: string, user: string, role: Role) =>
      expectOne(operator('PUT', `/api/projects/${project}/members/${user}`, { role }), 200),
    token,
    /** Signs a browser in. @returns the id of the session. */
    session: async (user: string) => {
      const made = await token({ user })
      const opened = await expectOne(operator('POST', '/api/session', { token: made.token }), 201)
      return (opened as { readonly session: { readonly id: string } }).session
    },
  }
}

async function expectOne(answer: Promise<Answer>, ...wanted: number[]): Promise<unknown> {
  const { status, body } = await answer
  if (!wanted.includes(status)) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body
}
