import { randomFillSync } from 'node:crypto'
import { mkdir, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../process/run.ts'

export interface RandomTree {
  readonly files: number
  readonly folders: number
  /** Bytes of the file with this number. */
  readonly size: (file: number) => number
}

const mib = 1024 ** 2

/** Nobody has seen these bytes before, and no compression makes them fewer. The first file is `0/0`. */
export async function makeRandomTree(
  folder: string,
  { files, folders, size }: RandomTree,
): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  const pool = randomFillSync(Buffer.allocUnsafe(64 * mib))
  for (let number = 0; number < folders; number += 1) {
    await mkdir(join(folder, String(number)), { recursive: true })
  }
  for (let file = 0; file < files; file += 1) {
    // A stamp in each piece, so that no two pieces are the same.
    const path = join(folder, String(file % folders), String(Math.floor(file / folders)))
    await writeRandom(path, size(file), pool, file)
  }
  // What is still on its way to the disk would slow down whoever is measured first.
  await run('sync', [], { limitMs: 300_000 })
}

async function writeRandom(path: string, size: number, pool: Buffer, stamp: number) {
  if (size < pool.length / 2) {
    const at = (stamp * 7919) % (pool.length / 2)
    await writeFile(path, pool.subarray(at, at + size))
    return
  }
  await using file = await open(path, 'w')
  for (let at = 0; at < size; at += pool.length) {
    pool.writeUInt32LE(at / pool.length, 0)
    await file.write(pool, 0, Math.min(pool.length, size - at), at)
  }
}
