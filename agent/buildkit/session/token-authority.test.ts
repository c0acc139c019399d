import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTokenAuthority } from './token-authority.ts'

let registry: Server
let url: string
let answer: { readonly status: number; readonly challenge?: string }
beforeEach(async () => {
  registry = createServer((_, reply) => {
    const { status, challenge } = answer
    reply.writeHead(status, challenge === undefined ? {} : { 'www-authenticate': challenge }).end()
  })
  await once(registry.listen(0, '127.0.0.1'), 'listening')
  const address = registry.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterEach(() => void registry.close())

it.each([429, 500, 502, 503])(
  'takes status %i for no answer, and asks again the next time',
  async (status) => {
    const authority = createTokenAuthority(url)
    answer = { status }
    await expect(authority.takesBasicAlone()).rejects.toThrow('did not answer')
    await expect(authority.trusts('http://elsewhere/token')).rejects.toThrow('did not answer')
    answer = { status: 401, challenge: 'Bearer realm="http://elsewhere/token"' }
    expect(await authority.takesBasicAlone()).toBe(false)
    expect(await authority.trusts('http://elsewhere/token')).toBe(true)
  },
)

it('knows a registry that takes Basic, or no login at all', async () => {
  for (const known of [{ status: 401, challenge: 'Basic realm="x"' }, { status: 200 }]) {
    answer = known
    expect(await createTokenAuthority(url).takesBasicAlone()).toBe(true)
  }
})
