import { pipeline } from 'node:stream/promises'
import { extract, type Header } from 'tar-stream'
import { bodyBytes } from './body-bytes.ts'
import { cleanPath } from '../../contexts/check-entry.ts'
import type { ContextEntry } from '../../contexts/entry.ts'
import { refuseContext, refuseEntry } from './refuse.ts'

const kinds = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'hardlink',
} as const

/** What is not taken, in the words of the one who sent it. */
const refused: Readonly<Record<string, string>> = {
  'block-device': 'a block device',
  'character-device': 'a character device',
  fifo: 'a named pipe',
}

const permissions = 0o7777
/** Two blocks of zeros end an archive. */
const endLength = 1024

/** The entries of a tar (v7, ustar, GNU or pax) in its own order. @throws Refusal when it is none or not whole. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<ContextEntry> {
  const archive = extract()
  let end: Uint8Array = new Uint8Array()
  const fed = pipeline(
    source,
    async function* noteEnd(chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        const recent = chunk.length < endLength ? Buffer.concat([end, chunk]) : chunk
        end = recent.subarray(-endLength)
        yield chunk
      }
    },
    archive,
  )
  // The loop below rejects as well, and that is where it is handled.
  fed.catch(() => undefined)
  for await (const entry of archive) yield toEntry(entry.header, bodyBytes(entry))
  await fed
  if (end.length < endLength || end.some((byte) => byte !== 0)) {
    throw refuseContext('the archive is cut off: its end is missing')
  }
}

function toEntry(header: Header, body: AsyncIterable<Uint8Array>): ContextEntry {
  const path = cleanPath(header.name)
  // Not `in`: the type comes from the archive.
  const kind = isTaken(header.type) ? kinds[header.type] : undefined
  if (kind === undefined) {
    const what = refused[header.type] ?? 'an entry of an unknown type'
    throw refuseEntry(path, `${what} is not taken: only files, folders and links are`)
  }
  if (isSparse(header.pax))
    throw refuseEntry(path, 'a sparse file is not taken: pack it without -S')
  const isLink = kind === 'symlink' || kind === 'hardlink'
  return {
    path,
    kind,
    mode: kind === 'symlink' ? 0o777 : header.mode & permissions,
    target: isLink ? linkTarget(kind, header.linkname) : '',
    size: kind === 'file' ? header.size : 0,
    body,
  }
}

function isTaken(type: string): type is keyof typeof kinds {
  return Object.hasOwn(kinds, type)
}

function linkTarget(kind: 'symlink' | 'hardlink', target: string | null): string {
  return kind === 'symlink' ? (target ?? '') : cleanPath(target ?? '')
}

/** Its content is then a map and pieces, which nothing here would put together. */
function isSparse(pax: unknown): boolean {
  const keys = typeof pax === 'object' && pax !== null ? Object.keys(pax) : []
  return keys.some((key) => key.startsWith('GNU.sparse.'))
}
