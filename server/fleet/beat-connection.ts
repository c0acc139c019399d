import type { Socket } from 'node:net'
import { readBytes, type SaidBeat } from './read-beat.ts'

export interface BeatConnectionDeps {
  /** @returns whether what the beat says is proved, and written. */
  readonly renew: (beat: SaidBeat) => Promise<boolean>
  /** To a beat, whole. */
  readonly answer: Buffer
  /** Goes on with the connection once something else is said on it. */
  readonly serve: () => void
}

export interface BeatConnection extends Disposable {
  /** Ends it when nothing has been said since the last call: a timer of its own would be set anew by each beat. */
  endIfSilent(): void
}

/**
 * Answers heartbeats on a connection by their bytes, which are the same each time, until something else comes: that, and all
 * that follows, is for HTTP. So a node at rest costs little more than a read and a write, and holds nothing of HTTP's.
 * @returns what ends the connection, once its beat is answered.
 */
export function listenForBeats(
  socket: Socket,
  { renew, answer, serve }: BeatConnectionDeps,
): BeatConnection {
  let known: { readonly bytes: Buffer; readonly beat: SaidBeat } | undefined
  let isAsked = false
  let isLast = false
  let isHeard = true
  /** What came before the beat was answered. */
  let early: readonly Buffer[] = []
  const leave = () => {
    socket.off('data', read).off('end', end).off('error', ignore)
  }
  const handOver = (...chunks: readonly Buffer[]) => {
    leave()
    socket.pause()
    socket.unshift(Buffer.concat(chunks))
    serve()
    socket.resume()
  }
  const ask = async (bytes: Buffer, beat: SaidBeat) => {
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
    isHeard = true
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
  socket.on('data', read).on('end', end).on('error', ignore)
  return {
    endIfSilent: () => {
      if (!isHeard && !isAsked) socket.destroy()
      isHeard = false
    },
    [Symbol.dispose]: () => {
      isLast = true
      if (!isAsked) socket.destroy()
    },
  }
}

function ignore(): void {}
