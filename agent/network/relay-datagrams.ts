import { createSocket, type Socket } from 'node:dgram'
import type { ListenAddress } from './listen-in.ts'

const answerLimitMs = 10_000
/** Questions without an answer yet. Each takes an open file, of which a flood of them must leave some to the rest of this process. */
const maxWaiting = 500

/** Passes each datagram on to an address of this host, and its one answer back, as names are asked for. Disposing ends that. */
export function relayDatagrams(inside: Socket, target: ListenAddress): AsyncDisposable {
  const waiting = new Set<Socket>()
  const end = (outside: Socket) => {
    if (waiting.delete(outside)) outside.close()
  }
  inside.on('error', () => undefined)
  inside.on('message', (question, { address, port }) => {
    if (waiting.size >= maxWaiting) return
    const outside = createSocket('udp4')
    waiting.add(outside)
    const late = setTimeout(end, answerLimitMs, outside)
    outside.once('close', () => clearTimeout(late))
    outside.on('error', () => end(outside))
    outside.once('message', (answer) => {
      inside.send(answer, port, address, () => undefined)
      end(outside)
    })
    // Connected, it hears nobody but the one that it asks.
    outside.connect(target.port, target.host, () => outside.send(question, () => undefined))
  })
  return {
    [Symbol.asyncDispose]: async () => {
      for (const outside of waiting) end(outside)
      const { promise, resolve } = Promise.withResolvers<void>()
      inside.close(() => resolve())
      await promise
    },
  }
}
