import { writeSync } from 'node:fs'
import { Writable } from 'node:stream'
import { isErrno } from '#contract/errno.ts'

/** A terminal of the kernel with what the types of its library do not tell. */
interface OpenPty {
  /** Of the end that is not the program's; a write to it never waits. */
  readonly fd: number
  readonly _socket: { readonly destroyed: boolean }
}

/** What the kernel takes for a terminal at once. */
const pieceBytes = 4096
const waitMs = 10

/**
 * Takes what is typed. The library's own way to write waits until the program has read it, and everything else in this
 * process with it. What is typed after the end is dropped. @param pty as the library gives it.
 */
export function createPtyInput(pty: object): Writable {
  if (!isOpenPty(pty)) throw new Error('a terminal without a number')
  const { fd, _socket: socket } = pty
  const pass = (bytes: Buffer, done: () => void): void => {
    if (socket.destroyed || bytes.length === 0) return done()
    const taken = tryWrite(fd, bytes.subarray(0, pieceBytes))
    const next = () => pass(bytes.subarray(taken), done)
    if (taken === bytes.length) done()
    else if (taken > 0) setImmediate(next)
    else setTimeout(next, waitMs)
  }
  return new Writable({ write: (bytes: Buffer, _encoding, done) => pass(bytes, () => done()) })
}

/** How much was taken. One whose program has closed it takes everything, and nothing comes of it. */
function tryWrite(fd: number, bytes: Buffer): number {
  try {
    return writeSync(fd, bytes)
  } catch (error) {
    if (isErrno(error, 'EAGAIN')) return 0
    if (isErrno(error, 'EIO')) return bytes.length
    throw error
  }
}

function isOpenPty(pty: object): pty is OpenPty {
  return 'fd' in pty && typeof pty.fd === 'number' && '_socket' in pty
}
