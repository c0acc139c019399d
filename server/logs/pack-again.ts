import { type FileHandle, open } from 'node:fs/promises'
import type { Block } from './block-cache.ts'
import { encodeFrame, packing } from './frame.ts'
import type { LogFile } from './log-file.ts'

/** Unpacked bytes of one frame: more packs hardly better, and a reader unpacks it whole. */
const frameBytes = 256 * 1024

/** Writes a whole log to `target` in large frames. @returns when it is on the disk. */
export async function packAgain(file: LogFile, target: string): Promise<void> {
  await file.settle()
  const output = await open(target, 'w', 0o600)
  try {
    let waiting: Block[] = []
    for (let line = 0; ;) {
      const block = await file.read(line)
      const bytes = waiting.reduce((sum, one) => sum + one.bytes.length, 0)
      if (waiting.length > 0 && (block === undefined || bytes + block.bytes.length > frameBytes)) {
        await writeFrame(output, waiting)
        waiting = []
      }
      if (block === undefined) break
      waiting.push(block)
      line = block.start + block.lines
    }
    await output.datasync()
  } finally {
    await output.close()
  }
}

async function writeFrame(output: FileHandle, blocks: readonly Block[]): Promise<void> {
  const bytes = Buffer.concat(blocks.map((block) => block.bytes))
  const start = blocks[0]?.start ?? 0
  const lines = blocks.reduce((sum, block) => sum + block.lines, 0)
  const parts = await encodeFrame(bytes, { start, lines }, packing.small)
  await output.appendFile(Buffer.concat(parts))
}
