import type { RawData, WebSocket } from 'ws'
import { terminalMessage } from '#contract/wire/environment.ts'
import type { Terminal, TerminalEvents } from './terminal.ts'

/** What may wait to be taken, in bytes, before the program is held up, or whoever types. */
const maxWaiting = 1024 * 1024
/** Whoever is held up and has gone is noticed only by what is sent there. */
const pingMs = 10_000
const normal = 1000
const internalError = 1011

/**
 * Joins a WebSocket with a program: binary messages are what is typed and printed, text messages are JSON: `resize` and `end`
 * from the user, `exit_code` as the last to them.
 */
export function serveTerminal(socket: WebSocket, open: (events: TerminalEvents) => Terminal): void {
  socket.on('error', () => undefined)
  try {
    join(socket, open)
  } catch {
    socket.close(internalError)
  }
}

function join(socket: WebSocket, open: (events: TerminalEvents) => Terminal): void {
  const hold = createHold(socket)
  const terminal = open({
    onData: (bytes) => {
      socket.send(bytes, () => {
        if (socket.bufferedAmount <= maxWaiting) terminal.resume()
      })
      if (socket.bufferedAmount > maxWaiting) terminal.pause()
    },
    onDrain: () => hold.release(),
    onExit: (code) => {
      // Its close is to be heard.
      hold.release()
      socket.send(JSON.stringify({ exit_code: code }))
      socket.close(normal)
    },
  })
  socket.on('message', (data, isBinary) => {
    const bytes = bytesOf(data)
    if (isBinary) {
      terminal.write(bytes)
      if (terminal.waiting() > maxWaiting) hold.begin()
      return
    }
    const message = parse(bytes)
    if (message?.resize !== undefined) terminal.resize(message.resize.cols, message.resize.rows)
    if (message?.end === true) terminal.end()
  })
  socket.on('close', () => {
    hold.release()
    terminal.kill()
  })
}

/** Takes no more from a user until that is released. */
function createHold(socket: WebSocket) {
  let pings: NodeJS.Timeout | undefined
  return {
    begin: () => {
      socket.pause()
      pings ??= setInterval(() => socket.ping(), pingMs)
    },
    release: () => {
      clearInterval(pings)
      pings = undefined
      socket.resume()
    },
  }
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}

/** What is not understood says nothing. */
function parse(bytes: Buffer) {
  try {
    return terminalMessage.safeParse(JSON.parse(bytes.toString())).data
  } catch {
    return undefined
  }
}
