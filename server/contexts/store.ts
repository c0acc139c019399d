import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ContextEntry, defaultMode } from '../../contexts/entry.ts'
import type { ContextLimits } from './context-limits.ts'
import { normalise, type NormalTar } from './normalise.ts'
import { readUpload } from './read-upload.ts'

type Keep = (normal: NormalTar, place: () => Promise<void>) => Promise<void>

export interface ContextStore {
  /**
   * Reads an upload; `keep` is told what it is and calls `place` to have it kept. No file is held in memory, and the
   * limits are checked while it is read. @throws Refusal
   */
  receive(body: AsyncIterable<Uint8Array>, contentType: string, keep: Keep): Promise<NormalTar>
  /** The same for files that the server has made itself, by path. */
  write(files: Readonly<Record<string, string>>, keep: Keep): Promise<NormalTar>
  /** The normal tar, to be closed by the caller; `undefined` when it is not kept here. */
  open(digest: string): Promise<FileHandle | undefined>
  readonly delete: (digest: string) => Promise<void>
}

export function createContextStore(
  dataDir: string,
  limits: ContextLimits,
  newName: () => string,
): ContextStore {
  const folder = join(dataDir, 'contexts')
  const pathOf = (digest: string) => join(folder, `${digest.replace(/^sha256:/, '')}.tar`)
  const save = async (entries: AsyncIterable<ContextEntry>, keep: Keep) => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const temporary = join(folder, newName())
    const files = { spool: `${temporary}.upload`, ordered: `${temporary}.normal` }
    try {
      const { tar, file } = await normalise(entries, limits, files)
      await keep(tar, async () => rename(file, pathOf(tar.digest)))
      return tar
    } finally {
      for (const file of Object.values(files)) await rm(file, { force: true })
    }
  }
  return {
    receive: async (body, contentType, keep) => save(readUpload(body, contentType, limits), keep),
    write: async (files, keep) => save(asEntries(files), keep),
    delete: async (digest) => rm(pathOf(digest), { force: true }),
    open: async (digest) => open(pathOf(digest)).catch(() => undefined),
  }
}

async function* asEntries(files: Readonly<Record<string, string>>): AsyncGenerator<ContextEntry> {
  for (const [path, text] of Object.entries(files)) {
    const bytes = Buffer.from(text)
    const body = (async function* read() {
      yield bytes
    })()
    yield { path, kind: 'file', mode: defaultMode.file, target: '', size: bytes.length, body }
  }
}
