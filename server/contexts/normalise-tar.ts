import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import dockerignore from '@balena/dockerignore'
import { createTarDecoder, createTarPacker, type ParsedTarEntry, type TarHeader } from 'modern-tar'
import { type Digest, parseDigest } from '#contract/image.ts'
import { contextLimits } from '#contract/wire/context.ts'
import { Refusal } from '../refusal.ts'
import { checkEntry } from './check-entry.ts'

export interface NormalTar {
  readonly digest: Digest
  readonly bytes: number
  readonly files: number
}

const ignoreFile = '.dockerignore'

/**
 * Writes `source` again as `target` without what its .dockerignore excludes, and with times and owners set to zero: the
 * digest then follows from names, modes and contents alone. @throws Refusal naming the entry that is not acceptable.
 */
export async function normaliseTar(source: string, target: string): Promise<NormalTar> {
  const isExcluded = await readExclusion(source)
  const { readable, controller } = createTarPacker()
  const hash = createHash('sha256')
  let bytes = 0
  const written = pipeline(
    Readable.fromWeb(readable),
    async function* measure(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    },
    createWriteStream(target, { mode: 0o600 }),
  )
  let files = 0
  try {
    for await (const { header, body } of readEntries(source)) {
      if (isExcluded(header.name)) {
        await drain(body)
        continue
      }
      files += 1
      await body.pipeTo(controller.add(normalHeader(header)))
    }
    controller.finalize()
  } catch (error) {
    controller.error(error)
    await written.catch(() => undefined)
    throw error
  }
  await written
  return { digest: parseDigest(`sha256:${hash.digest('hex')}`), bytes, files }
}

async function* readEntries(source: string): AsyncGenerator<ParsedTarEntry> {
  let count = 0
  const entries = Readable.toWeb(createReadStream(source)).pipeThrough(
    createTarDecoder({ strict: true }),
  )
  try {
    for await (const entry of entries) {
      const name = entry.header.name.replace(/^(\.\/)+/, '')
      if (name === '' || name === '.') {
        await drain(entry.body)
        continue
      }
      const problem = checkEntry({ ...entry.header, name })
      if (problem !== undefined) throw refuse(`${name.slice(0, 200)}: ${problem}`)
      count += 1
      if (count > contextLimits.files) throw refuse(`more than ${contextLimits.files} files`)
      yield { ...entry, header: { ...entry.header, name } }
    }
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw refuse('the upload is not a whole tar archive')
  }
}

async function readExclusion(source: string): Promise<(name: string) => boolean> {
  for await (const { header, body } of readEntries(source)) {
    if (header.name !== ignoreFile) {
      await drain(body)
      continue
    }
    const patterns = await new Response(body).text()
    const filter = dockerignore.default().add(patterns)
    return (name) => filter.ignores(name.replace(/\/$/, ''))
  }
  return () => false
}

// Not `cancel`: modern-tar 0.8.6 would then drop the body of the next entry and wait for it without end.
async function drain(body: ReadableStream<Uint8Array>): Promise<void> {
  await body.pipeTo(new WritableStream())
}

function normalHeader({ name, size, mode, type = 'file', linkname }: TarHeader): TarHeader {
  const permissions = (mode ?? 0o644) & 0o7777
  const base = { name, size, type, mode: permissions, mtime: new Date(0), uid: 0, gid: 0 }
  return linkname === undefined ? base : { ...base, linkname }
}

function refuse(message: string): Refusal {
  return new Refusal('context_invalid', message, [{ field: 'context', message }])
}
