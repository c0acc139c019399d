import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { afterEach, expect, it } from 'vitest'
import { ControlPlaneError, createControlPlane } from './control-plane.ts'

const attempt = { buildId: 'build-1', attempt: 1 }
const { signal } = new AbortController()
let close = async () => {}
afterEach(async () => close())

async function connect(listener: RequestListener) {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return createControlPlane(new URL(`http://127.0.0.1:${port}`), () => 'token')
}

it('sends a block of lines as it is and reads what is expected next', async () => {
  const seen: unknown[] = []
  const controlPlane = await connect((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { authorization } = request.headers
      seen.push([request.url, authorization, Buffer.concat(parts).toString()])
      response.end('{"next":7}')
    })
  })
  for (const text of ['one', 'two']) {
    expect(await controlPlane.appendLog(attempt, 5, Buffer.from(text))).toBe(7)
  }
  const url = '/agent/builds/build-1/attempts/1/logs?start=5'
  expect(seen).toEqual(['one', 'two'].map((text) => [url, 'Bearer token', text]))
})

it('says with which code it was refused, and that nobody answered', async () => {
  const controlPlane = await connect((_, response) => {
    response.writeHead(409).end('{"code":"stale_attempt","detail":"attempt 2 decides"}')
  })
  const sent = async () => controlPlane.appendLog(attempt, 0, Buffer.from('x'))
  const detail = 'attempt 2 decides'
  await expect(sent()).rejects.toMatchObject({ status: 409, code: 'stale_attempt', detail })
  await close()
  const refused = await sent().catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(ControlPlaneError)
  expect(refused).toMatchObject({ status: undefined })
})

it('hands a context on as it comes, and says when it breaks off', async () => {
  const controlPlane = await connect((request, response) => {
    response.writeHead(206, { 'content-length': 100 }).write(`from ${request.headers.range}`)
    setTimeout(() => response.destroy(), 50)
  })
  let text = ''
  const read = async () => {
    const wanted = { digest: 'sha256:1', from: 3, signal }
    for await (const part of await controlPlane.readContext(attempt, wanted)) {
      text += Buffer.from(part).toString()
    }
  }
  await expect(read()).rejects.toBeInstanceOf(ControlPlaneError)
  expect(text).toBe('from bytes=3-')
})
