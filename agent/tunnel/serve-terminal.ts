import type { RawData, WebSocket } from 'ws'
import { terminalMessage } from '#contract/wire/environment.ts'
import type { Terminal, TerminalEvents } from './terminal.ts'

/** What may wait to be taken before the program is held up. */
const maxWaiting = 1024 * 1024
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
  const terminal = open({
    onData: (bytes) => {
      socket.send(bytes, () => {
        if (socket.bufferedAmount <= maxWaiting) terminal.resume()
      })
      if (socket.bufferedAmount > maxWaiting) terminal.pause()
    },
    onExit: (code) => {
      socket.send(JSON.stringify({ exit_code: code }))
      socket.close(normal)
    },
  })
  socket.on('message', (data, isBinary) => {
    const bytes = bytesOf(data)
    if (isBinary) return terminal.write(bytes)
    const message = parse(bytes)
    if (message?.resize !== undefined) terminal.resize(message.resize.cols, message.resize.rows)
    if (message?.end === true) terminal.end()
  })
  socket.on('close', () => terminal.kill())
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
