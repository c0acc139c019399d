import type { Reader } from './reader.ts'

const limit = 16 * 1024

/** The beginning of a small text file. */
export function readText(): Reader {
  const chunks: Buffer[] = []
  let length = 0
  return {
    write: (chunk) => {
      if (length < limit) chunks.push(Buffer.from(chunk.subarray(0, limit - length)))
      length += chunk.length
    },
    end: () => ({ kind: 'text', text: Buffer.concat(chunks).toString('utf8') }),
  }
}
