import { once } from 'node:events'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sendTar } from './send-tar.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-send-'))
})
afterEach(async () => rm(folder, { recursive: true }))

/** Longer than what is read at once. */
const bytes = Buffer.from('0123456789'.repeat(250_000))

async function ask(from: number) {
  const path = join(folder, 'tar')
  await writeFile(path, bytes)
  const server = createServer(async (_, response) => {
    await using file = await open(path)
    await sendTar(response, { file, from })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  try {
    const reply = await fetch(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
    return { reply, body: Buffer.from(await reply.arrayBuffer()) }
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

it.each([
  [0, 200],
  [1, 206],
  [2_499_999, 206],
  [2_500_000, 206],
  [9_000_000, 206],
])('sends what follows byte %i, and says how much that is', async (from, status) => {
  const { reply, body } = await ask(from)
  expect(reply.status).toBe(status)
  expect(reply.headers.get('content-length')).toBe(String(Math.max(0, bytes.length - from)))
  expect(body.equals(bytes.subarray(from))).toBe(true)
})
