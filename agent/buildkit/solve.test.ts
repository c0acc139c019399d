import { once } from 'node:events'
import {
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { expect, it } from 'vitest'
import { solve } from './solve.ts'

/** What a daemon does with a call, by the last part of its path; any other is left unanswered. */
type Daemon = Readonly<
  Record<string, (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void>
>

async function solveOn(
  daemon: Daemon,
  signal: AbortSignal,
  traceparent?: string,
): Promise<unknown> {
  const server = createServer().listen(0, '127.0.0.1')
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined)
    daemon[headers[':path']?.split('/').at(-1) ?? '']?.(stream, headers)
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
    traceparent,
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

it('returns when it is stopped only once the daemon has stopped it', async () => {
  const stop = new AbortController()
  const ended = Promise.withResolvers<void>()
  const seen: string[] = []
  const daemon: Daemon = {
    Solve: (stream) => {
      stream.on('close', () => {
        seen.push('told to stop')
        setTimeout(() => {
          seen.push('stopped')
          ended.resolve()
        }, 100)
      })
      stop.abort(new Error('enough'))
    },
    Status: (stream) => {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc' },
        { waitForTrailers: true },
      )
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      void ended.promise.then(() => stream.end())
    },
  }
  await expect(solveOn(daemon, stop.signal)).rejects.toThrow('enough')
  expect(seen).toEqual(['told to stop', 'stopped'])
})

it('starts nothing when it is stopped before', async () => {
  const asked: string[] = []
  const daemon: Daemon = { Solve: () => void asked.push('Solve') }
  await expect(solveOn(daemon, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  expect(asked).toEqual([])
})

it('tells the daemon of which span it is a part, and nothing when it is of none', async () => {
  const heard: unknown[] = []
  const stop = new AbortController()
  const daemon: Daemon = {
    Solve: (stream, headers) => {
      heard.push(headers['traceparent'])
      stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM)
    },
    ListenBuildHistory: (stream) => stream.close(constants.NGHTTP2_CANCEL),
  }
  const span = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  await expect(solveOn(daemon, stop.signal, span)).rejects.toThrow('Solve')
  await expect(solveOn(daemon, stop.signal)).rejects.toThrow('Solve')
  expect(heard).toEqual([span, undefined])
})
