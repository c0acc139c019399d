import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const limitMs = 15 * 60_000

/** Saves what a URL serves. @throws when its SHA-256 is another one; the file is then not to be used. */
export async function download(
  url: string,
  sha256: string,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(url, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
  })
  if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`)
  const hash = createHash('sha256')
  await pipeline(
    Readable.fromWeb(response.body),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk)
        yield chunk
      }
    },
    createWriteStream(path),
  )
  const found = hash.digest('hex')
  if (found !== sha256) throw new Error(`${url} has SHA-256 ${found}, expected ${sha256}`)
}
