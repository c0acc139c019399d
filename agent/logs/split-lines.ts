import { StringDecoder } from 'node:string_decoder'
import { maxLineLength } from '#contract/wire/log.ts'

export interface LineSplitter {
  /** @returns the lines that these bytes complete. */
  write(bytes: Uint8Array): readonly string[]
  /** @returns what is left without a line end. */
  end(): readonly string[]
}

/** Joins output that was cut anywhere, within characters too, into lines. Longer lines than the limit are split. */
export function createLineSplitter(): LineSplitter {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  const take = (text: string, final: boolean): readonly string[] => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    const parts = lines.flatMap((line) => splitLong(line.endsWith('\r') ? line.slice(0, -1) : line))
    if (!final) {
      if (rest.length <= maxLineLength) return parts
      const [head, tail] = [rest.slice(0, maxLineLength), rest.slice(maxLineLength)]
      rest = tail
      return [...parts, head]
    }
    const last = rest === '' ? [] : splitLong(rest)
    rest = ''
    return [...parts, ...last]
  }
  return {
    write: (bytes) => take(decoder.write(Buffer.from(bytes)), false),
    end: () => take(decoder.end(), true),
  }
}

function splitLong(line: string): readonly string[] {
  if (line.length <= maxLineLength) return [line]
  const count = Math.ceil(line.length / maxLineLength)
  return Array.from({ length: count }, (_, i) =>
    line.slice(i * maxLineLength, (i + 1) * maxLineLength),
  )
}
