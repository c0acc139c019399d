import { createHash, type Hash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { type Readable, Transform } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress } from 'node:zlib'
import { pack } from 'tar-stream'
import { type Digest, parseDigest } from '#contract/image.ts'
import { readMarks } from './read-marks.ts'
import { startTar, untilPacked } from './start-tar.ts'
import { Unsaveable } from './unsaveable.ts'
import { shown } from './entry-path.ts'
import { type UpperEntry, walkUpper } from './walk-upper.ts'
import { opaqueMarker, whiteoutPrefix } from './whiteouts.ts'

export interface WrittenLayer {
  /** Of the compressed bytes, and of the tar. */
  readonly digest: Digest
  readonly diffId: Digest
  readonly bytes: number
  readonly tarBytes: number
  /** Paths of sockets and devices, which no image has. */
  readonly passedOver: readonly string[]
}

/** What of the layers below is not seen any more, by path. */
export interface LayerMarks {
  readonly whiteouts: readonly string[]
  /** Folders in which nothing of them is seen. */
  readonly opaque: ReadonlySet<string>
}

const noMarks: LayerMarks = { whiteouts: [], opaque: new Set() }

/**
 * What of extended attributes belongs to the files themselves: capabilities, lists of who may do what, and what programs
 * note. Lists go as the attributes in which the kernel keeps them: of the form that `tar --acls` has for them runtimes
 * take no notice.
 */
const ownXattrs = ['user.*', 'security.capability', 'system.posix_acl_*']
const packed = new Set<UpperEntry['kind']>(['file', 'folder', 'link', 'fifo'])
const maxPassedOver = 100
/** Whiteouts that are packed at once. */
const group = 1000
/** Two empty blocks. */
const endBytes = 1024

/**
 * Writes what an environment has written as one layer: a tar compressed by zstd. What it has deleted comes first, as OCI
 * whiteouts. No file is ever held as a whole.
 * @param isLeftOut also what is below it is. @param marks besides those in the folder itself. @throws Unsaveable; the signal's reason when aborted.
 */
export async function writeLayer(
  { upper, file }: { readonly upper: string; readonly file: string },
  isLeftOut: (path: string) => boolean,
  signal: AbortSignal,
  marks: LayerMarks = noMarks,
): Promise<WrittenLayer> {
  const { folders, whiteouts, passedOver } = await listMarks(upper, isLeftOut)
  const { opaque, moved } = await readMarks(upper, folders, signal)
  const [first] = moved
  if (first !== undefined) {
    const message = `${shown(first)} was moved in a way that no layer can say: copy it to its new place and save again`
    throw new Unsaveable('environment_unsaveable', message)
  }
  const gone = [
    ...[...whiteouts, ...marks.whiteouts].map(whiteoutOf),
    ...[...opaque, ...marks.opaque].map((folder) => textOf(`${folder}/${opaqueMarker}`)),
  ]
  const [plain, compressed] = [createMeter(), createMeter()]
  const tar = startTar(upper, ownXattrs, signal)
  const others = [
    pipeline(namesToPack(upper, isLeftOut), tar.names),
    pipeline(
      joinTars(gone, tar.output),
      plain.stream,
      createZstdCompress(),
      compressed.stream,
      createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }),
      { signal },
    ),
  ]
  await untilPacked(tar, others, signal)
  const [tarTotal, total] = [plain.read(), compressed.read()]
  return {
    digest: total.digest,
    diffId: tarTotal.digest,
    bytes: total.bytes,
    tarBytes: tarTotal.bytes,
    passedOver,
  }
}

async function listMarks(upper: string, isLeftOut: (path: string) => boolean) {
  const folders: string[] = []
  const whiteouts: string[] = []
  const passedOver: string[] = []
  for await (const { path, kind } of walkUpper(upper, isLeftOut)) {
    requireOwnName(path)
    if (kind === 'folder') folders.push(path)
    else if (kind === 'whiteout') whiteouts.push(path)
    else if (!packed.has(kind) && passedOver.length < maxPassedOver) passedOver.push(shown(path))
  }
  return { folders, whiteouts, passedOver }
}

async function* namesToPack(
  upper: string,
  isLeftOut: (path: string) => boolean,
): AsyncGenerator<Buffer> {
  for await (const { path, kind } of walkUpper(upper, isLeftOut)) {
    if (packed.has(kind)) yield Buffer.from(`${path}\0`, 'latin1')
  }
}

/** The whiteouts of what is gone, then a tar as it is with its end. */
async function* joinTars(gone: readonly string[], tar: Readable): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < gone.length; at += group) yield await packEmpty(gone.slice(at, at + group))
  yield* tar
}

/** Empty files as part of a tar, without its end. */
async function packEmpty(names: readonly string[]): Promise<Uint8Array> {
  const archive = pack()
  for (const name of names) archive.entry({ name, mode: 0o644, mtime: new Date(0) }, '')
  archive.finalize()
  return (await buffer(archive)).subarray(0, -endBytes)
}

/** A file of this name would be a deletion to whoever reads the layer. @throws Unsaveable */
function requireOwnName(path: string): void {
  if (!path.startsWith(whiteoutPrefix, path.lastIndexOf('/') + 1)) return
  const message = `${shown(path)} has a name that says in an image that something is deleted: rename it, or leave it out`
  throw new Unsaveable('environment_unsaveable', message)
}

/** `a/b` that was deleted is `a/.wh.b`. @throws Unsaveable */
function whiteoutOf(path: string): string {
  const cut = path.lastIndexOf('/') + 1
  return textOf(`${path.slice(0, cut)}${whiteoutPrefix}${path.slice(cut)}`)
}

/** @throws Unsaveable */
function textOf(path: string): string {
  const bytes = Buffer.from(path, 'latin1')
  if (Buffer.from(bytes.toString()).equals(bytes)) return bytes.toString()
  const message = `${shown(path)} has a name that is no UTF-8, and was deleted or replaced: no layer can say so`
  throw new Unsaveable('environment_unsaveable', message)
}

interface Meter {
  readonly stream: Transform
  readonly read: () => { readonly digest: Digest; readonly bytes: number }
}

/** Passes bytes on, and counts and hashes them on the way. */
function createMeter(): Meter {
  const hash: Hash = createHash('sha256')
  let bytes = 0
  const stream = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk)
      bytes += chunk.length
      done(null, chunk)
    },
  })
  return {
    stream,
    read: () => ({ digest: parseDigest(`sha256:${hash.digest('hex')}`), bytes }),
  }
}
