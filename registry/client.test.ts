import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterEach, expect, it } from 'vitest'
import { createRegistryClient } from './client.ts'

const credential = { username: 'kiln', password: 'secret' }
const basic = `Basic ${btoa('kiln:secret')}`
const started: AsyncDisposable[] = []
afterEach(async () => {
  for (const server of started.splice(0)) await server[Symbol.asyncDispose]()
})

type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => void

/** A registry that answers as it is told. @returns its address, and what was asked with which header. */
async function startRegistry(answer: Answer) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const { method, url = '', headers } = request
    asked.push(`${method} ${url} ${headers.authorization ?? '-'}`)
    answer(request, response, new URL(url, base))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  started.push(server)
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  const base = new URL(`http://127.0.0.1:${address.port}`)
  return { base, asked }
}

it('sends a password at once after the registry has asked for it', async () => {
  const { base, asked } = await startRegistry(({ headers, method }, response) => {
    if (headers.authorization === basic) response.writeHead(method === 'PUT' ? 201 : 200).end('{}')
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
  })
  const client = createRegistryClient(base, credential)
  const manifest = await client.readManifest('a', 'one')
  if (manifest === undefined) throw new Error('no manifest')
  await client.writeManifest('b', 'two', manifest)
  expect(asked).toEqual([
    'GET /v2/a/manifests/one -',
    `GET /v2/a/manifests/one ${basic}`,
    `PUT /v2/b/manifests/two ${basic}`,
  ])
})

it('keeps a token for the repository that it was given for, until it is refused', async () => {
  let good = 0
  const { base, asked } = await startRegistry(({ headers }, response, url) => {
    if (url.pathname === '/token') {
      good += 1
      response.writeHead(200).end(JSON.stringify({ token: `t${good}` }))
    } else if (headers.authorization === `Bearer t${good}`) response.writeHead(200).end('{}')
    else {
      const challenge = `Bearer realm="${url.origin}/token",scope="${url.pathname}"`
      response.writeHead(401, { 'www-authenticate': challenge }).end()
    }
  })
  const client = createRegistryClient(base, credential)
  await client.readManifest('a', 'one')
  await client.readManifest('a', 'two')
  await client.readManifest('b', 'one')
  await client.readManifest('a', 'three')
  expect(asked.filter((line) => !line.includes('/token'))).toEqual([
    'GET /v2/a/manifests/one -',
    'GET /v2/a/manifests/one Bearer t1',
    'GET /v2/a/manifests/two Bearer t1',
    'GET /v2/b/manifests/one -',
    'GET /v2/b/manifests/one Bearer t2',
    'GET /v2/a/manifests/three Bearer t1',
    'GET /v2/a/manifests/three Bearer t3',
  ])
})

it('reads no more of a manifest than there may be, and says when one breaks off', async () => {
  let sent = 0
  const { base } = await startRegistry(async (_, response, url) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    if (url.pathname.endsWith('/broken')) {
      response.write('{', () => response.destroy())
      return
    }
    const mebibyte = Buffer.alloc(1024 * 1024, ' ')
    while (!response.destroyed && sent < 256) {
      sent += 1
      await new Promise<void>((resolve) => {
        response.once('close', resolve)
        response.write(mebibyte, () => resolve())
      })
    }
    response.end()
  })
  const client = createRegistryClient(base, credential)
  await expect(client.readManifest('a', 'endless')).rejects.toMatchObject({
    name: 'RegistryError',
    operation: 'read manifest',
  })
  expect(sent).toBeLessThan(256)
  await expect(client.readManifest('a', 'broken')).rejects.toMatchObject({ name: 'RegistryError' })
})
