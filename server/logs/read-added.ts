import { countLines } from '#contract/log-block.ts'
import { logBlockType, logChunk } from '#contract/wire/log.ts'
import { Refusal } from '../refusal.ts'
import { encodeLines } from './encode-lines.ts'
import type { NewLines } from './store.ts'

/** Lines as an agent sends them: a block, or JSON from an agent of the protocol before. @throws Refusal */
export async function readAdded(request: Request, start: number | undefined): Promise<NewLines> {
  const type = request.headers.get('content-type') ?? ''
  if (type === logBlockType && start !== undefined) {
    const bytes = Buffer.from(await request.arrayBuffer())
    return { start, lines: count(bytes), bytes }
  }
  const chunk = logChunk.safeParse(await request.json().catch(() => undefined))
  if (!chunk.success) throw new Refusal('invalid_request', 'not lines of a log')
  const { lines } = chunk.data
  return { start: chunk.data.start, lines: lines.length, bytes: encodeLines(lines) }
}

function count(bytes: Buffer): number {
  try {
    const lines = countLines(bytes)
    if (lines > 0) return lines
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Refusal('invalid_request', error.message)
  }
  throw new Refusal('invalid_request', 'a block without a line')
}
