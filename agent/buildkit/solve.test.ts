import { once } from 'node:events'
import { constants, createServer, type ServerHttp2Stream } from 'node:http2'
import { expect, it } from 'vitest'
import { solve } from './solve.ts'

/** What a daemon does with a call, by the last part of its path; any other is left unanswered. */
type Daemon = Readonly<Record<string, (stream: ServerHttp2Stream) => void>>

async function solveOn(daemon: Daemon, signal: AbortSignal): Promise<unknown> {
  const server = createServer().listen(0, '127.0.0.1')
  server.on('stream', (stream, { ':path': path = '' }) => {
    stream.on('error', () => undefined)
    daemon[path.split('/').at(-1) ?? '']?.(stream)
  })
  await using _ = { [Symbol.asyncDispose]: async () => void server.close() }
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return await solve({
    address: `tcp://127.0.0.1:${port}`,
    ref: 'one',
    sharedKey: '',
    frontendAttrs: {},
    directories: {},
    signal,
  })
}

it('stops also while it looks for an error that was too large to be sent', async () => {
  const stop = new AbortController()
  const daemon: Daemon = {
    Solve: (stream) => stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM),
    ListenBuildHistory: () => stop.abort(new Error('enough')),
  }
  await expect(solveOn(daemon, stop.signal)).rejects.toThrow('enough')
})

it('starts nothing when it is stopped before', async () => {
  const asked: string[] = []
  const daemon: Daemon = { Solve: () => void asked.push('Solve') }
  await expect(solveOn(daemon, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  expect(asked).toEqual([])
})
