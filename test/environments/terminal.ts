import { once } from 'node:events'
import { WebSocket } from 'ws'

/** A terminal in an environment, as a person uses it. @param path of the server that leads there. */
export async function openTerminal(
  url: string,
  path: string,
  query: Record<string, string>,
  headers: Readonly<Record<string, string>> = {},
) {
  const address = new URL(`${path}?${new URLSearchParams(query).toString()}`, url)
  address.protocol = 'ws:'
  const socket = new WebSocket(address, { headers })
  let printed = ''
  let exitCode: number | undefined
  let end: { readonly code: number; readonly reason: string } | undefined
  socket.on('close', (code, reason) => (end = { code, reason: reason.toString() }))
  socket.on('message', (data, isBinary) => {
    const text = (data as Buffer).toString()
    if (isBinary) printed += text
    else exitCode = (JSON.parse(text) as { exit_code: number }).exit_code
  })
  await once(socket, 'open')
  return {
    printed: () => printed,
    type: (text: string) => socket.send(Buffer.from(text)),
    /** Bytes that were typed and wait here. */
    unsent: () => socket.bufferedAmount,
    resize: (cols: number, rows: number) => socket.send(JSON.stringify({ resize: { cols, rows } })),
    end: () => socket.send(JSON.stringify({ end: true })),
    /** @returns the exit code, once it has come. */
    ended: async () => {
      if (socket.readyState !== WebSocket.CLOSED) await once(socket, 'close')
      return exitCode
    },
    /** How its connection was closed, once it is. */
    closed: () => end,
    close: () => socket.close(),
  }
}
