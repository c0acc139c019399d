import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { CallRefused, unavailable } from './status.ts'

const headerLength = 5
/** What Temporal itself takes. */
const maxBytes = 4 * 1024 * 1024

const unpack = promisify(gunzip)

/** gRPC's frame of one message: a flag byte (0: not packed), four bytes of length, the message. */
export function encodeMessage(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headerLength + message.length)
  frame.writeUInt8(0, 0)
  frame.writeUInt32BE(message.length, 1)
  frame.set(message, headerLength)
  return frame
}

/** Reads the one message of a call, which agents pack with gzip. @throws CallRefused when it is too long or no message. */
export async function readMessage(stream: Readable): Promise<Uint8Array> {
  const frame = await readAll(stream)
  if (frame.length < headerLength || frame.readUInt32BE(1) !== frame.length - headerLength) {
    throw new CallRefused('invalidArgument', 'not one message')
  }
  const message = frame.subarray(headerLength)
  if (frame[0] === 0) return copyOf(message)
  try {
    return copyOf(await unpack(message, { maxOutputLength: maxBytes }))
  } catch {
    throw new CallRefused('invalidArgument', 'the message cannot be unpacked')
  }
}

/** A poll keeps its message for as long as it waits, and must not keep the memory that it shares with others. */
function copyOf(message: Buffer): Uint8Array {
  return new Uint8Array(message)
}

/** By events: an iterator would take a tenth of what a poll takes. */
async function readAll(stream: Readable): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const chunks: Buffer[] = []
  let length = 0
  const add = (chunk: Buffer) => {
    length += chunk.length
    if (length > maxBytes + headerLength)
      reject(new CallRefused('resourceExhausted', 'the message is too long'))
    else chunks.push(chunk)
  }
  const lose = () => reject(unavailable('the message breaks off'))
  stream.on('data', add).on('end', resolve).on('error', lose).on('close', lose)
  try {
    await promise
  } finally {
    stream.off('data', add).off('end', resolve).off('error', lose).off('close', lose)
  }
  return Buffer.concat(chunks, length)
}
