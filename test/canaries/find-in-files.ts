import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'

const maxOutputLength = 256 * 1024 * 1024
const packed = [
  { magic: Buffer.from([0x1f, 0x8b]), unpack: gunzipSync },
  { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), unpack: zstdDecompressSync },
]

/**
 * Files below a folder that hold one of these texts, also in what they hold packed: databases and their journals, logs of
 * processes and of builds, caches, contexts, and the layers and manifests of a registry.
 */
export async function findInFiles(
  folder: string,
  texts: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = []
  // The layers of a daemon share most of their files.
  const seen = new Set<string>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile()) continue
    // What ends meanwhile holds nothing any more.
    const { dev, ino } = await lstat(path).catch(() => ({ dev: 0, ino: 0 }))
    if (seen.has(`${dev} ${ino}`)) continue
    seen.add(`${dev} ${ino}`)
    const bytes = await readFile(path).catch(() => Buffer.alloc(0))
    const whole = [bytes, unpackBytes(bytes)]
    if (whole.some((one) => texts.some((text) => one.includes(text)))) found.push(path)
  }
  return found
}

/** Empty when they are not packed. */
function unpackBytes(bytes: Buffer): Buffer {
  const kind = packed.find(({ magic }) => bytes.subarray(0, magic.length).equals(magic))
  try {
    return kind?.unpack(bytes, { maxOutputLength }) ?? Buffer.alloc(0)
  } catch {
    return Buffer.alloc(0)
  }
}
