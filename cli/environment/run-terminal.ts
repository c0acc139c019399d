import { terminalEnd } from '#contract/wire/answers/environment.ts'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-code.ts'
import type { Session } from '../session.ts'
import { environmentTexts } from '../texts/environments.ts'

/** The code with which a WebSocket is closed whose user may not use it any more. */
const shutOut = 1008
/** What may wait to be sent, in bytes, before no more is read. */
const maxWaiting = 1024 * 1024
const waitMs = 20

/**
 * Runs a program in an environment on this terminal, or between pipes where there is none. @param command the image's shell
 * when empty. @returns the program's exit code. @throws CommandError when the connection ends before it.
 */
export async function runTerminal(
  { client, deps, say }: Session,
  id: string,
  command: readonly string[],
): Promise<number> {
  const { input, out } = deps.streams
  const isTty = input.isTTY === true && out.isTTY === true
  const { token } = client.connection
  const url = client.environments.terminalAddress(id, {
    tty: String(isTty),
    ...(command.length > 0 && { command: JSON.stringify(command) }),
    ...(isTty && { cols: String(out.columns ?? 80), rows: String(out.rows ?? 24) }),
  })
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const socket = deps.openSocket(url, headers)
  socket.binaryType = 'arraybuffer'
  using typing = new DisposableStack()
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  socket.addEventListener('open', () => passOn(deps.streams, socket, isTty, typing))
  socket.addEventListener('message', ({ data }) => {
    if (data instanceof ArrayBuffer) out.write(Buffer.from(data))
    if (typeof data !== 'string') return
    const { exit_code: code } = terminalEnd.parse(JSON.parse(data))
    if (typeof code === 'number') resolve(code)
  })
  const lost = () => reject(new CommandError(say(environmentTexts.lost, { id }), exitCodes.farm))
  socket.addEventListener('error', lost)
  // After the exit code this changes nothing.
  socket.addEventListener('close', ({ code, reason }) => {
    if (code !== shutOut) return lost()
    reject(new CommandError(say(environmentTexts.shutOut, { id, reason }), exitCodes.usage))
  })
  try {
    return await promise
  } finally {
    socket.close()
  }
}

/** What is typed goes there; a terminal is passed through untouched, Ctrl-C included. */
function passOn(
  { input, out }: Session['deps']['streams'],
  socket: WebSocket,
  isTty: boolean,
  typing: DisposableStack,
): void {
  let held: NodeJS.Timeout | undefined
  const goOn = () => {
    if (socket.bufferedAmount > maxWaiting) return
    clearInterval(held)
    held = undefined
    input.resume()
  }
  const type = (bytes: Buffer) => {
    socket.send(new Uint8Array(bytes))
    if (socket.bufferedAmount <= maxWaiting) return
    input.pause()
    // Nothing tells when it has gone.
    held ??= setInterval(goOn, waitMs)
  }
  const end = () => socket.send(JSON.stringify({ end: true }))
  const resize = () =>
    socket.send(JSON.stringify({ resize: { cols: out.columns, rows: out.rows } }))
  if (isTty) {
    input.setRawMode?.(true)
    typing.defer(() => input.setRawMode?.(false))
    out.on('resize', resize)
    typing.defer(() => out.off('resize', resize))
  }
  input.on('data', type)
  input.once('end', end)
  typing.defer(() => {
    clearInterval(held)
    input.off('data', type)
    input.off('end', end)
    input.pause()
  })
}
