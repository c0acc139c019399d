import { randomBytes, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TLSSocket } from 'node:tls'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createControlPlane } from '../../agent/control-plane.ts'
import { openAuthority } from '../../agent/joining/authority.ts'
import { openCredential } from '../../agent/joining/credential.ts'
import { joinFarm, NotAdmitted } from '../../agent/joining/join-farm.ts'
import { mintToken } from '../../server/access/token.ts'
import {
  type Certified,
  hashAuthority,
  issueCertificate,
  makeAuthority,
} from '../../server/node-door/authority.ts'

let stack: AsyncDisposableStack
let directory: string
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  directory = await mkdtemp(join(tmpdir(), 'kiln-authority-'))
  stack.defer(async () => rm(directory, { recursive: true, force: true }))
})
afterEach(async () => stack.disposeAsync())

const nodeId = `node-${'0'.repeat(26)}`
const issued = { credential: 'kiln_node', expires_at: '2030-01-02T00:00:00.000Z' }
const { signal } = new AbortController()
const body = JSON.stringify(issued)
const answer = `HTTP/1.1 201 Created\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`

/** A server with a certificate of this authority, that lets everybody join. `heard` is what it was sent inside of TLS. */
async function serve(authority: Certified, names = ['127.0.0.1', 'localhost']) {
  const { certificate, key } = await issueCertificate(authority, names, Date.now())
  const door = createServer({ cert: certificate, key })
  let heard = ''
  door.on('tlsClientError', () => undefined)
  door.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString()
      socket.end(answer)
    })
  })
  await once(door.listen(0, '127.0.0.1'), 'listening')
  stack.defer(async () => void door.close())
  return {
    url: new URL(`https://127.0.0.1:${(door.address() as AddressInfo).port}`),
    heard: () => heard,
  }
}

const tokenOf = ({ certificate }: Certified) =>
  mintToken(`join_${hashAuthority(certificate)}`, randomBytes)

/** An agent that starts in the directory. */
async function start(server: URL, token: string | undefined, controller?: AbortController) {
  const authority = await openAuthority(directory, undefined)
  const credential = await openCredential(
    directory,
    () => performance.now(),
    () => undefined,
  )
  const controlPlane = createControlPlane(server, () => credential.current(), {
    authority: () => authority.current(),
  })
  const log = pino({ level: 'silent' })
  if (controller !== undefined) log.warn = () => controller.abort(new Error('it waits'))
  const deps = { controlPlane, credential, authority, log, random: () => 0 }
  const joining = { nodeId, name: 'n', token, server }
  return joinFarm(deps, joining, controller?.signal ?? signal)
}

it('learns from the server the authority that its token names, and asks it from then on', async () => {
  const authority = await makeAuthority(Date.now())
  const { url, heard } = await serve(authority)
  await start(url, tokenOf(authority))
  expect(heard()).toContain('POST /agent/join')
  const kept = await readFile(join(directory, 'authority.pem'), 'utf8')
  expect(hashAuthority(kept)).toBe(hashAuthority(authority.certificate))
  await start(url, undefined)
  expect(heard()).toContain('POST /agent/nodes/')
})

it('tells nothing to who stands between, neither when it joins nor afterwards', async () => {
  const authority = await makeAuthority(Date.now())
  const between = await serve(await makeAuthority(Date.now()))
  const refused = start(between.url, tokenOf(authority))
  await expect(refused).rejects.toThrow('its authority is another')
  await expect(refused).rejects.toBeInstanceOf(NotAdmitted)
  expect(between.heard()).toBe('')

  const { url } = await serve(authority)
  await start(url, tokenOf(authority))
  const waits = start(between.url, undefined, new AbortController())
  await expect(waits).rejects.toThrow('aborted')
  expect(between.heard()).toBe('')
})

it('sends its token in the clear to nobody, and not to another server of the same authority', async () => {
  const authority = await makeAuthority(Date.now())
  const clear = new URL('http://127.0.0.1:1')
  await expect(start(clear, tokenOf(authority))).rejects.toThrow('reached by https')
  const other = await serve(authority, ['other.example'])
  const waits = start(other.url, tokenOf(authority), new AbortController())
  await expect(waits).rejects.toThrow('aborted')
  expect(other.heard()).toBe('')
})

it('shows a certificate to agents whose clocks are behind or ahead', async () => {
  const authority = await makeAuthority(Date.now())
  const { certificate } = await issueCertificate(authority, ['a'], Date.now())
  const { validFromDate, validToDate } = new X509Certificate(certificate)
  const hour = 3_600_000
  expect(validFromDate.getTime()).toBeLessThan(Date.now() - 12 * hour)
  expect(validToDate.getTime()).toBeGreaterThan(Date.now() + 24 * 20 * hour)
})
