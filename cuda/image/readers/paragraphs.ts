import { StringDecoder } from 'node:string_decoder'

/** Longer ones are cut: no field that is asked for is longer. */
const maxLine = 4096

/** Fields of one paragraph by their names, as they stand before the colon. */
export type Fields = Readonly<Record<string, string>>

/**
 * Takes a file of paragraphs, `Field: value` a line and an empty line between them, chunk by chunk, and hands over the
 * wanted fields of each.
 */
export function readParagraphs(wanted: readonly string[], found: (fields: Fields) => void) {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let fields: Record<string, string> = {}
  const end = () => {
    if (Object.keys(fields).length > 0) found(fields)
    fields = {}
  }
  const take = (line: string) => {
    if (line.trim() === '') return end()
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon))
    if (wanted.includes(name)) fields[name] = line.slice(colon + 1).trim()
  }
  return {
    write: (chunk: Buffer) => {
      const lines = (rest + decoder.write(chunk)).split('\n')
      rest = (lines.pop() ?? '').slice(0, maxLine)
      for (const line of lines) take(line)
    },
    end: () => {
      take(rest)
      end()
    },
  }
}
