import type { FileHandle } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'

const chunkSize = 1024 * 1024

export interface TarPart {
  readonly file: FileHandle
  /** The first byte that is wanted. */
  readonly from: number
}

/**
 * Answers with a tar from byte `from` on. Every piece goes through the same buffer: a stream makes a new one for each, and
 * to collect those takes longer than to read them. What breaks off ends the connection, and the length that was announced
 * tells the other side.
 */
export async function sendTar(response: ServerResponse, { file, from }: TarPart): Promise<void> {
  const { size } = await file.stat()
  response.writeHead(from === 0 ? 200 : 206, {
    'content-type': 'application/x-tar',
    'content-length': Math.max(0, size - from),
  })
  const buffer = Buffer.allocUnsafeSlow(chunkSize)
  try {
    for (let at = from; at < size;) {
      const { bytesRead } = await file.read(buffer, 0, chunkSize, at)
      if (bytesRead === 0) throw new RangeError('the file is shorter than it was')
      await send(response, buffer.subarray(0, bytesRead))
      at += bytesRead
    }
    response.end()
  } catch {
    response.destroy()
  }
}

/** @returns when the bytes have gone and their buffer may take others. */
async function send(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  response.write(bytes, (error) => (error ? reject(error) : resolve()))
  return promise
}
