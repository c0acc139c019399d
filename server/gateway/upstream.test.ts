import { once } from 'node:events'
import { createSecureServer, type IncomingHttpHeaders } from 'node:http2'
import { expect, it } from 'vitest'
import { issueCertificate, makeAuthority } from '../node-door/authority.ts'
import { encodeMessage } from './message.ts'
import { createUpstream } from './upstream.ts'

/** Answers every call as Temporal does, by TLS with the name `temporal.corp` alone. */
async function startTemporal() {
  const authority = await makeAuthority(Date.now())
  const { certificate, key } = await issueCertificate(authority, ['temporal.corp'], Date.now())
  const heard: IncomingHttpHeaders[] = []
  const server = createSecureServer({ cert: certificate, key })
  server.on('stream', (stream, headers) => {
    heard.push(headers)
    stream.respond({ ':status': 200 }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(encodeMessage(Buffer.from('answer')))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const at = server.address()
  return {
    address: `127.0.0.1:${typeof at === 'object' ? at?.port : ''}`,
    authority: Buffer.from(authority.certificate),
    heard,
    [Symbol.dispose]: () => void server.close(),
  }
}

const call = () => ({
  path: '/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo',
  headers: { authorization: 'Bearer of a node' },
  message: new Uint8Array(),
  signal: AbortSignal.timeout(10_000),
})

it('reaches a Temporal by TLS with the key that lets Kiln in, whatever a node has sent', async () => {
  using temporal = await startTemporal()
  const tls = { serverRootCACertificate: temporal.authority, serverNameOverride: 'temporal.corp' }
  const { address } = temporal
  using upstream = createUpstream({ address, namespace: 'kiln', tls, apiKey: 'the-key' })
  expect(Buffer.from(await upstream.call(call())).toString()).toBe('answer')
  expect(temporal.heard).toMatchObject([
    { authorization: 'Bearer the-key', 'temporal-namespace': 'kiln' },
  ])
})

it('speaks to none whose certificate it does not know, or that has another name', async () => {
  using temporal = await startTemporal()
  const { address } = temporal
  for (const tls of [
    { serverNameOverride: 'temporal.corp' },
    { serverRootCACertificate: temporal.authority },
  ]) {
    using upstream = createUpstream({ address, namespace: 'kiln', tls })
    await expect(upstream.call(call())).rejects.toMatchObject({
      trailers: { 'grpc-status': '14' },
    })
  }
  expect(temporal.heard).toEqual([])
})
