import { expect, it } from 'vitest'
import { PassThrough } from 'node:stream'
import { requestHeaders, responseHeaders } from './pass-headers.ts'

const lead = {
  stream: new PassThrough(),
  path: '/',
  prefix: '/environments/env-1/ports/8888',
  sandbox: false,
  isAllowed: async () => true,
}

it('keeps this server’s own token, and what belongs to one connection, to itself', () => {
  const headers = {
    host: 'kiln',
    authorization: 'Bearer x',
    connection: 'keep-alive',
    upgrade: 'h2c',
    cookie: 'kiln-session=x; a=b; __Host-kiln-sign-in=y; kiln-port=z',
  }
  expect(requestHeaders(headers, lead)).toEqual({
    host: 'kiln',
    cookie: 'a=b',
    'x-forwarded-prefix': lead.prefix,
  })
})

it('leaves to a port with a host of its own what it asks browsers for', () => {
  const own = { ...lead, prefix: '' }
  const asked = { authorization: 'Basic eDp5', cookie: 'a=b; __Host-kiln-port=z' }
  expect(requestHeaders(asked, own)).toMatchObject({ authorization: 'Basic eDp5', cookie: 'a=b' })
  const answer = {
    'www-authenticate': 'Basic',
    'clear-site-data': '"cookies"',
    connection: 'close',
  }
  expect(responseHeaders(answer, own)).toEqual({
    'www-authenticate': 'Basic',
    'clear-site-data': '"cookies"',
  })
  expect(responseHeaders(answer, lead)).toEqual({})
})

it('binds cookies to the port that has set them', () => {
  const headers = {
    'set-cookie': ['a=b; Path=/; Domain=kiln; HttpOnly', 'c=d', 'kiln-session=theirs'],
  }
  expect(responseHeaders(headers, lead)).toEqual({
    'set-cookie': [`a=b; HttpOnly; Path=${lead.prefix}/`, `c=d; Path=${lead.prefix}/`],
  })
})

it('lets pages not pass for pages of this server where no token is needed', () => {
  const shown = responseHeaders({ 'content-security-policy': 'none' }, { ...lead, sandbox: true })
  expect(shown['content-security-policy']).toMatch(/^sandbox (?!.*allow-same-origin)/)
})
