import type { Socket } from 'node:net'
import type { Beat } from '../../records/node-leases.ts'
import { readBytes } from './read-beat.ts'

export interface BeatConnectionDeps {
  /** @returns whether what the beat says is proved, and written. */
  readonly renew: (beat: Beat) => Promise<boolean>
  /** To a beat, whole. */
  readonly answer: Buffer
  /** A connection on which nothing is said for so long ends. */
  readonly idleMs: number
  /** Goes on with the connection once something else is said on it. */
  readonly serve: () => void
}

/**
 * Answers heartbeats on a connection by their bytes, which are the same each time, until something else comes: that, and all
 * that follows, is for HTTP. So a node at rest costs little more than a read and a write, and holds nothing of HTTP's.
 * @returns what ends the connection, once its beat is answered.
 */
export function listenForBeats(
  socket: Socket,
  { renew, answer, idleMs, serve }: BeatConnectionDeps,
): Disposable {
  let known: { readonly bytes: Buffer; readonly beat: Beat } | undefined
  let isAsked = false
  let isLast = false
  /** What came before the beat was answered. */
  let early: readonly Buffer[] = []
  const leave = () => {
    socket.off('data', read).off('end', end).off('timeout', destroy).off('error', ignore)
    socket.setTimeout(0)
  }
  const handOver = (...chunks: readonly Buffer[]) => {
    leave()
    socket.pause()
    socket.unshift(Buffer.concat(chunks))
    serve()
    socket.resume()
  }
  const ask = async (bytes: Buffer, beat: Beat) => {
    isAsked = true
    const isRenewed = await renew(beat)
    isAsked = false
    if (!socket.writable) return
    if (!isRenewed) handOver(bytes, ...early)
    else if (isLast) socket.end(answer)
    else {
      socket.write(answer)
      if (early.length > 0) handOver(...early)
    }
  }
  const read = (bytes: Buffer) => {
    if (isAsked) {
      socket.pause()
      early = [...early, bytes]
      return
    }
    if (known?.bytes.equals(bytes) !== true) {
      const beat = readBytes(bytes)
      if (beat === undefined) return handOver(bytes)
      known = { bytes, beat }
    }
    void ask(bytes, known.beat)
  }
  const end = () => void socket.end()
  const destroy = () => void socket.destroy()
  socket.on('data', read).on('end', end).on('timeout', destroy).on('error', ignore)
  socket.setTimeout(idleMs)
  return {
    [Symbol.dispose]: () => {
      isLast = true
      if (!isAsked) socket.destroy()
    },
  }
}

function ignore(): void {}
