import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { isErrno } from '#contract/errno.ts'
import { isDigest } from '#contract/image.ts'
import type { LayerContents } from '../../cuda/image/analyse-image.ts'
import { AnalysisError } from '../../cuda/image/analysis-error.ts'
import { BlobError, checkBlob } from '../../cuda/image/check-blob.ts'
import type { KnownOverlays } from '../../cuda/image/known-overlays.ts'
import { readImage } from '../../cuda/image/read-image.ts'

export interface BuiltImage {
  /** Folder of the daemon's content, where a blob lies at `<algorithm>/<hex>`. */
  readonly blobs: string
  /** Of the manifest. */
  readonly digest: string
}

/**
 * `absent`: the daemon does not hold all of it. Layers of a base that no step has needed are not fetched, and manifests
 * go with the daemon's history. `invalid`: it is no image that can be read.
 */
export type BuiltFacts =
  | LayerContents
  | { readonly problem: 'absent' }
  | { readonly problem: 'invalid'; readonly detail: string }

const chunkBytes = 1024 * 1024

/** Reads the facts and packages of what a daemon on this node has built. @throws BlobError when a blob is damaged. */
export async function readBuilt(
  { blobs, digest }: BuiltImage,
  known: KnownOverlays,
): Promise<BuiltFacts> {
  const pathOf = (name: string): string => {
    if (!isDigest(name)) throw new AnalysisError(`${name.slice(0, 100)} is no digest`)
    return join(blobs, ...name.split(':'))
  }
  try {
    const manifest = await readWhole(pathOf(digest), digest)
    const open = async (name: string) =>
      createReadStream(pathOf(name), { highWaterMark: chunkBytes })
    return await readImage(manifest, open, known)
  } catch (error) {
    const inner = error instanceof AnalysisError ? (error.cause ?? error) : error
    const origin = inner instanceof BlobError ? inner.cause : inner
    if (isErrno(origin, 'ENOENT')) return { problem: 'absent' }
    if (inner instanceof BlobError || !(error instanceof AnalysisError)) throw error
    return { problem: 'invalid', detail: error.message }
  }
}

async function readWhole(path: string, digest: string): Promise<Uint8Array> {
  const bytes = await readFile(path)
  for await (const _ of checkBlob(Readable.from([bytes]), digest));
  return bytes
}
