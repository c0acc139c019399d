import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { isRunning } from '../processes.ts'
import { askHost, readWebSocketEcho, testEndOfAccess } from './access-ends.ts'
import { createEnvironmentClient } from './client.ts'
import { openTerminal } from './terminal.ts'

const bigBytes = 24 * 1024 * 1024
/** Answers an upgrade and then repeats what it is told. */
const echo = `#!/bin/sh
while read -r line; do [ "$line" != "$(printf '\\r')" ] || break; done
printf 'HTTP/1.1 101 Switching Protocols\\r\\nconnection: Upgrade\\r\\nupgrade: echo\\r\\n\\r\\n'
exec cat
`

let farm: Farm
let environments: ReturnType<typeof createEnvironmentClient>
let id: string
beforeAll(async () => {
  farm = await startFarm()
  environments = createEnvironmentClient(farm)
  const dockerfile = [
    `FROM ${farm.baseImage}`,
    `RUN mkdir /www && echo hello > /www/index.html && head -c ${bigBytes} /dev/zero > /www/big`,
    `RUN printf '%s' '${Buffer.from(echo).toString('base64')}' | base64 -d > /echo && chmod +x /echo`,
    `RUN printf '%s' '${await readWebSocketEcho()}' | base64 -d > /ws && chmod +x /ws`,
    'EXPOSE 8000/tcp\nSTOPSIGNAL SIGKILL',
    'CMD echo ready; nc -ll -p 8001 -e /echo & nc -ll -p 8002 -e /ws & exec httpd -f -p 127.0.0.1:8000 -h /www',
  ]
  const built = await createClient(farm.url).build({
    name: 'web',
    dockerfile: `${dockerfile.join('\n')}\n`,
  })
  if (built.status !== 'succeeded') throw new Error(JSON.stringify(built.failure))
  id = await environments.run({ image: 'web', ports: [8001, 9000, 8002] })
})
afterAll(async () => farm[Symbol.asyncDispose]())

const port = async (path: string, init?: RequestInit) =>
  fetch(`${farm.url}/environments/${id}/ports/${path}`, init)

it('is reached by HTTP through the server, also on its own loopback', async () => {
  const page = async () => (await port('8000/')).text().catch(() => '')
  await expect.poll(page, { timeout: 20_000 }).toBe('hello\n')
  const reply = await port('8000/index.html')
  expect(reply.headers.get('content-security-policy')).toContain('sandbox')
  expect((await port('8000/none')).status).toBe(404)
  const big = await (await port('8000/big')).arrayBuffer()
  expect(big.byteLength).toBe(bigBytes)
})

it('says of other ports that they are not to be reached, and that nobody listens', async () => {
  const silent = await port('9000/')
  expect([silent.status, await silent.json()]).toMatchObject([502, { code: 'port_silent' }])
  const other = await port('22/')
  expect([other.status, await other.json()]).toMatchObject([
    404,
    { detail: expect.stringContaining('8001, 9000, 8002, 8000') },
  ])
})

const ask = async (host: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
  askHost(farm.url, host, path, headers)

it('has a host of its own for browsers, which a ticket opens and nothing else', async () => {
  const reply = await environments.ask('POST', `/${id}/ports/8000/ticket`)
  const { url } = (await reply.json()) as { url: string }
  expect([reply.status, url]).toEqual([
    201,
    expect.stringMatching(/^http:\/\/env-\w+-8000\.environments\.localhost:\d+\/\?kiln-ticket=/),
  ])
  const { host, pathname, search } = new URL(url)
  expect((await ask(host, '/')).status).toBe(401)
  const letIn = await ask(host, `${pathname}${search}`)
  expect([letIn.status, letIn.headers.location]).toEqual([303, '/'])
  const [set = ''] = letIn.headers['set-cookie'] ?? []
  expect(set).toMatch(/^kiln-port=\S+; .*HttpOnly; SameSite=Lax/)
  const cookie = set.split(';')[0] ?? ''
  const page = await ask(host, '/', { cookie })
  expect([page.status, page.text, page.headers['content-security-policy']]).toEqual([
    200,
    'hello\n',
    undefined,
  ])
  // Its pages are not this server's, and those of other ports and addresses are not let in.
  expect((await ask(host, '/api/me', { cookie })).status).toBe(404)
  const other = host.replace('-8000.', '-8001.')
  expect((await ask(other, '/', { cookie })).status).toBe(401)
  expect((await ask(host, '/', { cookie, origin: 'http://elsewhere' })).status).toBe(401)
  expect((await ask(other, `${pathname}${search}`)).status).toBe(401)
  expect((await environments.ask('POST', `/${id}/ports/22/ticket`)).status).toBe(404)
})

it('passes on what speaks another protocol after HTTP', async () => {
  const { hostname, port: serverPort } = new URL(farm.url)
  const socket = connect(Number(serverPort), hostname)
  const head = `GET /environments/${id}/ports/8001/ HTTP/1.1\r\nhost: ${hostname}:${serverPort}\r\n`
  socket.write(`${head}connection: Upgrade\r\nupgrade: echo\r\n\r\n`)
  let text = ''
  socket.on('data', (bytes) => (text += bytes.toString()))
  await expect.poll(() => text, { timeout: 20_000 }).toContain('101 Switching')
  socket.write('and back\n')
  await expect.poll(() => text).toContain('and back\n')
  socket.destroy()
})

it('has terminals, whose size can change and which tell the exit code', async () => {
  const shell = await openTerminal(farm.url, `/api/environments/${id}/exec`, {
    cols: '100',
    rows: '30',
  })
  shell.type('stty size; hostname; grep -E "^(NoNewPrivs|Seccomp|CapBnd):" /proc/self/status\n')
  await expect.poll(shell.printed, { timeout: 20_000 }).toMatch(/30 100\s+env-/)
  await expect
    .poll(shell.printed)
    .toMatch(/CapBnd:\s+00000000800405fb\s+NoNewPrivs:\s+1\s+Seccomp:\s+2/)
  shell.resize(120, 40)
  await sleep(200)
  shell.type('stty size; exit 7\n')
  expect(await shell.ended()).toBe(7)
  expect(shell.printed()).toContain('40 120')

  const plain = { tty: 'false', command: JSON.stringify(['sh', '-c', 'cat; exit 3']) }
  const pipes = await openTerminal(farm.url, `/api/environments/${id}/exec`, plain)
  pipes.type('all of it')
  pipes.end()
  expect(await pipes.ended()).toBe(3)
  expect(pipes.printed()).toBe('all of it')
})

testEndOfAccess(() => ({ url: farm.url, id }))

it('ends a program whose terminal is gone', async () => {
  const command = JSON.stringify(['sleep', '5005.25'])
  const terminal = await openTerminal(farm.url, `/api/environments/${id}/exec`, { command })
  await expect.poll(async () => isRunning('sleep 5005.25'), { timeout: 20_000 }).toBe(true)
  terminal.close()
  await expect.poll(async () => isRunning('sleep 5005.25'), { timeout: 20_000 }).toBe(false)
})

it('tells its log, and that it has ended', async () => {
  const reply = await fetch(`${farm.url}/api/environments/${id}/logs`)
  expect(reply.headers.get('content-type')).toContain('text/event-stream')
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = (await reader.read()).value ?? ''
  expect(text).toContain('ready')
  await environments.stop(id)
  for (;;) {
    const { value, done } = await reader.read()
    text += value ?? ''
    if (done) break
  }
  expect(text).toMatch(/event: end\ndata: \{\}\n\n$/)
  const after = await (await fetch(`${farm.url}/api/environments/${id}/logs`)).text()
  expect(after).toContain('ready')
  const gone = await port('8000/')
  expect([gone.status, await gone.json()]).toMatchObject([409, { code: 'environment_resting' }])
})

it('is reached again after the server was killed', async () => {
  expect((await environments.ask('POST', `/${id}/start`)).status).toBe(202)
  await environments.untilState(id, 'running')
  await farm.kill('server')
  const page = async () => {
    const reply = await port('8000/').catch(() => undefined)
    return reply?.ok === true ? reply.text() : ''
  }
  await expect.poll(page, { timeout: 60_000 }).toBe('hello\n')
  const socket = connect(Number(new URL(farm.url).port), '127.0.0.1')
  socket.write('GET /agent/nodes/node-none/tunnel HTTP/1.1\r\nhost: x\r\n')
  socket.write('connection: Upgrade\r\nupgrade: websocket\r\n\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(answer.toString()).toMatch(/^HTTP\/1.1 401 /)
})
