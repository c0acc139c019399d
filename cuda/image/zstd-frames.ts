import { AnalysisError } from './analysis-error.ts'

const frameMagic = 0xfd2fb528
const skippableMagic = 0x184d2a50
const rleBlock = 1

/** Bytes that the walker wants to see, bytes that may pass unseen, or the end of a frame. */
type Step = { readonly see: number } | { readonly pass: number } | 'end'

/**
 * Cuts a zstd stream so that no chunk reaches into a second frame: node's decompressor drops whatever follows the end of
 * a frame within one chunk, and layers that are made to be read in parts have many. Format: RFC 8878, section 3.1.
 *
 * @throws AnalysisError when the stream is not zstd.
 */
export async function* cutFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const walker = walkFrames()
  let step = walker.next([])
  let seen: number[] = []
  let passed = 0
  for await (const chunk of source) {
    let start = 0
    let at = 0
    while (at < chunk.length && !step.done) {
      if (step.value === 'end') {
        if (at > start) yield chunk.subarray(start, at)
        start = at
        step = walker.next([])
      } else if ('pass' in step.value) {
        const length = Math.min(step.value.pass - passed, chunk.length - at)
        passed += length
        at += length
        if (passed === step.value.pass) {
          passed = 0
          step = walker.next([])
        }
      } else {
        const end = at + step.value.see - seen.length
        seen.push(...chunk.subarray(at, end))
        at = Math.min(end, chunk.length)
        if (seen.length === step.value.see) {
          step = walker.next(seen)
          seen = []
        }
      }
    }
    if (at > start) yield chunk.subarray(start, at)
  }
}

function* walkFrames(): Generator<Step, never, readonly number[]> {
  for (;;) {
    const magic = littleEndian(yield { see: 4 })
    if (magic === frameMagic) yield* walkFrame()
    else if (magic - (magic % 16) === skippableMagic) yield { pass: littleEndian(yield { see: 4 }) }
    else throw new AnalysisError('the layer is not zstd')
    yield 'end'
  }
}

function* walkFrame(): Generator<Step, void, readonly number[]> {
  const [descriptor = 0] = yield { see: 1 }
  yield { pass: restOfHeader(descriptor) }
  for (;;) {
    const block = littleEndian(yield { see: 3 })
    const size = block >> 3
    yield { pass: ((block >> 1) & 3) === rleBlock ? 1 : size }
    if ((block & 1) === 1) break
  }
  const hasChecksum = (descriptor & 4) !== 0
  if (hasChecksum) yield { pass: 4 }
}

/** Window descriptor, dictionary id and content size, each of which may be absent. */
function restOfHeader(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0
  const dictionaryId = [0, 1, 2, 4][descriptor & 3] ?? 0
  return (isSingleSegment ? 0 : 1) + dictionaryId + contentSize
}

function littleEndian(bytes: readonly number[]): number {
  return bytes.reduce((sum, byte, index) => sum + byte * 256 ** index, 0)
}
