import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { readFromServer } from '../../agent/read-from-server.ts'
import { issueCertificate, makeAuthority } from '../../server/node-door/authority.ts'

it('reads a large answer whole by TLS, however slowly it is taken', async () => {
  const sent = randomBytes(6_000_000)
  const authority = await makeAuthority(Date.now())
  const { certificate, key } = await issueCertificate(authority, ['127.0.0.1'], Date.now())
  const server = createServer({ cert: certificate, key }, (_, reply) => void reply.end(sent))
  await using _ = server
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const { signal } = new AbortController()
  const wanted = { path: '/', headers: {}, signal, authority: authority.certificate }
  const { status, body = [] } = await readFromServer(url, wanted)
  const got: Buffer[] = []
  for await (const bytes of body) {
    got.push(Buffer.from(bytes))
    // What comes meanwhile must not take its place.
    await new Promise(setImmediate)
  }
  expect(status).toBe(200)
  expect(Buffer.concat(got).equals(sent)).toBe(true)
})
