import { createReadStream, createWriteStream, type Dirent } from 'node:fs'
import { copyFile, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** Where every Linux has files of the kinds that images hold: programs, libraries, scripts, texts, data. */
const sources = [
  '/usr/bin',
  '/usr/lib',
  '/usr/share',
  join(import.meta.dirname, '..', '..', 'node_modules'),
]
/** One byte in this many is of a file that is packed, as wheels, jars, pictures and models in images are. */
const packedShare = 4
const smallest = 256

export interface MixedTree {
  readonly bytes: number
  readonly files: number
  readonly incompressible: number
}

/** Copies files of this machine into a folder, taking the sources in turn, until it holds `limit` bytes. */
export async function collectMixedTree(folder: string, limit: number): Promise<MixedTree> {
  const walks = sources.map(walk)
  let [bytes, files, incompressible] = [0, 0, 0]
  while (bytes < limit && walks.length > 0) {
    const next = walks.shift()
    const { value: path, done } = (await next?.next()) ?? { done: true }
    if (next === undefined || done === true) continue
    walks.push(next)
    const target = join(folder, String(files % 100))
    await mkdir(target, { recursive: true })
    const packs = incompressible * packedShare < bytes
    const size = await copy(path, join(target, `${files}${packs ? '.gz' : ''}`), packs)
    bytes += size
    if (packs) incompressible += size
    files += 1
  }
  return { bytes, files, incompressible }
}

async function copy(from: string, to: string, packs: boolean): Promise<number> {
  if (packs) await pipeline(createReadStream(from), createGzip(), createWriteStream(to))
  else await copyFile(from, to)
  return (await stat(to)).size
}

/** Regular files below a folder that can be read, in the order of their names. */
async function* walk(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => [])
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* walk(path)
    if (entry.isFile() && (await stat(path)).size >= smallest) yield path
  }
}
