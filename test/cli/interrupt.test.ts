import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createKiln } from './kit/kiln.ts'

const id = `env-${'0'.repeat(26)}`
const environment = {
  id,
  project: 'default',
  image: 'app:1',
  image_id: 1,
  version: 1,
  digest: 'sha256:0',
  name_points_at: 1,
  state: 'waiting',
  reason: null,
  waiting_reason: 'every node is full',
  start: 1,
  node_id: null,
  node: null,
  gpu: null,
  cpu: 1,
  memory_bytes: 1,
  command: null,
  ports: [],
  ttl_seconds: null,
  idle_seconds: null,
  exit_code: null,
  created_at: '2026-01-01T00:00:00Z',
  running_since: null,
  used_at: null,
  stopped_at: null,
}

/** Of which nothing ever comes to its end. */
let server: Server
beforeAll(async () => {
  server = createServer((request, reply) => {
    const isEnvironment = request.url?.startsWith('/api/environments') === true
    reply.writeHead(isEnvironment ? 200 : 503, { 'content-type': 'application/json' })
    reply.end(JSON.stringify(isEnvironment ? environment : {}))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

it.each([
  ['env restart', ['env', 'restart', id], /every node is full/],
  ['logs -f', ['logs', '-f', 'build-1'], /is lost; trying again/],
  ['build', ['build', '-t', 'app:1', '--base', 'python:3', '--pip', 'six'], /trying again/],
])('ends with 130 when `kiln %s` is interrupted while it waits', async (_, args, told) => {
  const { port } = server.address() as AddressInfo
  const kiln = createKiln({ KILN_SERVER: `http://127.0.0.1:${port}`, HOME: tmpdir() })
  const running = kiln.start(args)
  await running.saw(told)
  running.child.kill('SIGINT')
  const { code, stderr } = await running.ended
  expect(stderr).toMatch(/error: Interrupted\.\n$/)
  expect(code).toBe(130)
})
