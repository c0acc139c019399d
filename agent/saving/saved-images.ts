import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { AttemptRef } from '#contract/build.ts'
import { type Digest, isDigest } from '#contract/image.ts'
import { type FindBlob, layoutAddress } from '../buildkit/session/image-layout.ts'

/** An image that this node has saved, as its stages build on it. */
export interface SavedImage {
  readonly dockerfile: string
  readonly frontendAttrs: Readonly<Record<string, string>>
  /** Its own blobs, and those of its parent from the folder of the daemon's blobs. */
  readonly findBlobIn: (blobs: string) => FindBlob
}

/** What attempts of this node have saved, until they end. */
export interface SavedImages {
  /** An empty folder for the blobs of an attempt, each under the digits of its digest. */
  begin(attempt: AttemptRef): Promise<string>
  /** The attempt has written all blobs of this manifest. */
  keep(attempt: AttemptRef, manifest: Digest): void
  /** @throws when the attempt has not saved anything, or ended. */
  open(attempt: AttemptRef): SavedImage
  remove(attempt: AttemptRef): Promise<void>
  /** Removes what agents before this one have left: their attempts do not go on. */
  clear(): Promise<void>
}

/** The name under which the frontend finds the image. */
const name = 'saved'

export function createSavedImages(folder: string): SavedImages {
  const kept = new Map<string, Digest>()
  const folderOf = (attempt: AttemptRef) => join(folder, keyOf(attempt))
  return {
    begin: async (attempt) => {
      const own = folderOf(attempt)
      await rm(own, { recursive: true, force: true })
      await mkdir(own, { recursive: true, mode: 0o700 })
      return own
    },
    keep: (attempt, manifest) => void kept.set(keyOf(attempt), manifest),
    open: (attempt) => {
      const manifest = kept.get(keyOf(attempt))
      if (manifest === undefined) throw new Error('the attempt has saved nothing on this node')
      return {
        dockerfile: `FROM ${name}\n`,
        frontendAttrs: { [`context:${name}`]: layoutAddress(name, manifest) },
        findBlobIn: (blobs) => async (digest) => {
          if (!isDigest(digest)) return undefined
          const [algorithm = '', hex = ''] = digest.split(':')
          const own = join(folderOf(attempt), hex)
          return (await find(own)) ?? find(join(blobs, algorithm, hex))
        },
      }
    },
    remove: async (attempt) => {
      kept.delete(keyOf(attempt))
      await rm(folderOf(attempt), { recursive: true, force: true })
    },
    clear: async () => rm(folder, { recursive: true, force: true }),
  }
}

async function find(path: string) {
  const found = await stat(path).catch(() => undefined)
  return found && { path, size: found.size }
}

function keyOf({ buildId, attempt }: AttemptRef): string {
  return `${buildId}-${attempt}`
}
