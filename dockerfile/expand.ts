import { parsePattern, replaceMatches, trimEnd, trimStart } from './shell-pattern.ts'

export type Values = ReadonlyMap<string, string>

/** Nothing that is longer can become a reference. A value that grew without limit from line to line would fill memory. */
const maxLength = 1024
/** Of substitutions in each other. */
const maxDepth = 32

const nameStart = /^(?:\d+|[@*#?$!-]|[\p{L}_][\p{L}\p{Nd}_]*)/u

/**
 * Fills in `$A`, `${A}` and every form with a modifier (`-`, `+`, `?`, `#`, `%`, `/`), and takes quotes and escapes
 * away, as the frontend does in FROM and in the default of an ARG.
 * @returns `undefined` where the frontend refuses the text.
 */
export function expand(text: string, values: Values, escape = '\\'): string | undefined {
  if (text.length > maxLength) return undefined
  try {
    return new WordReader(text, values, escape).read()
  } catch (error) {
    if (error instanceof BadWord) return undefined
    throw error
  }
}

class BadWord extends Error {
  override name = 'BadWord'
}

class WordReader {
  readonly #text: string
  readonly #values: Values
  readonly #escape: string
  #at = 0
  #depth = 0

  constructor(text: string, values: Values, escape: string) {
    this.#text = text
    this.#values = values
    this.#escape = escape
  }

  /** Reads to `end`, or to the end of the text. A raw word keeps its escapes: they mean something to a pattern. */
  read(end?: string, raw = false): string {
    let out = ''
    while (this.#at < this.#text.length) {
      const char = this.#take()
      if (char === end) return out
      if (char === '$') out += this.#variable()
      else if (char === "'") out += this.#singleQuoted()
      else if (char === '"') out += this.#doubleQuoted()
      else if (char === this.#escape) out += (raw ? char : '') + this.#take()
      else out += char
      if (out.length > maxLength) throw new BadWord()
    }
    if (end !== undefined) throw new BadWord()
    return out
  }

  #take(): string {
    const char = this.#text[this.#at] ?? ''
    this.#at += 1
    return char
  }

  #singleQuoted(): string {
    const end = this.#text.indexOf("'", this.#at)
    if (end === -1) throw new BadWord()
    const inside = this.#text.slice(this.#at, end)
    this.#at = end + 1
    return inside
  }

  #doubleQuoted(): string {
    const special = ['"', '$', this.#escape]
    let out = ''
    while (this.#at < this.#text.length) {
      const char = this.#take()
      if (char === '"') return out
      if (char === '$') out += this.#variable()
      else if (char !== this.#escape) out += char
      else out += special.includes(this.#text[this.#at] ?? '') ? this.#take() : char
      if (out.length > maxLength) throw new BadWord()
    }
    throw new BadWord()
  }

  #name(): string {
    const name = nameStart.exec(this.#text.slice(this.#at))?.[0] ?? ''
    this.#at += name.length
    return name
  }

  #variable(): string {
    if (this.#text[this.#at] !== '{') {
      const name = this.#name()
      return name === '' ? '$' : (this.#values.get(name) ?? '')
    }
    this.#at += 1
    this.#depth += 1
    if (this.#depth > maxDepth) throw new BadWord()
    const value = this.#braced()
    this.#depth -= 1
    if (value.length > maxLength) throw new BadWord()
    return value
  }

  #braced(): string {
    const name = this.#name()
    if (name === '') throw new BadWord()
    const value = this.#values.get(name)
    const modifier = this.#take()
    if (modifier === '}') return value ?? ''
    if (modifier === ':') return this.#alternative(this.#take(), value === '' ? undefined : value)
    if (modifier === '/') return this.#replaced(value ?? '')
    if (modifier === '#' || modifier === '%') return this.#trimmed(value ?? '', modifier)
    return this.#alternative(modifier, value)
  }

  #alternative(modifier: string, value: string | undefined): string {
    const word = this.read('}')
    if (modifier === '-') return value ?? word
    if (modifier === '+') return value === undefined ? '' : word
    if (modifier === '?' && value !== undefined) return value
    throw new BadWord()
  }

  #trimmed(value: string, modifier: '#' | '%'): string {
    const word = this.read('}', true)
    const longest = word.startsWith(modifier)
    const pattern = parsePattern(longest ? word.slice(1) : word)
    if (pattern === undefined) throw new BadWord()
    return (modifier === '#' ? trimStart : trimEnd)(value, pattern, longest)
  }

  #replaced(value: string): string {
    const all = this.#text[this.#at] === '/'
    if (all) this.#at += 1
    const pattern = parsePattern(this.read('/', true))
    const replacement = this.read('}', true)
    if (pattern === undefined) throw new BadWord()
    return replaceMatches(value, pattern, replacement, all)
  }
}
