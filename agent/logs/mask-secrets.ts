/** Shorter values, and shorter lines of a value, would blot out ordinary words. */
const minLength = 6
const blot = '***'

/** Replaces secrets. */
export interface Mask {
  readonly text: (text: string) => string
  readonly bytes: (line: Uint8Array) => Uint8Array
  /** Bytes of the longest thing that is replaced. */
  readonly longest: number
}

export const noMask: Mask = { text: (text) => text, bytes: (line) => line, longest: 0 }

/**
 * Replaces each value, and each line of it, also where a program prints it in base64, in hex, or escaped for a URL or
 * for JSON. It guards against mishaps only: whoever wants to can print a value in a form that nobody knows.
 */
export function createMask(values: readonly Uint8Array[]): Mask {
  const forms = new Set(values.flatMap(formsOf).filter((form) => form.length >= minLength))
  if (forms.size === 0) return noMask
  // Latin-1 has a character for each byte: output that is no text passes through it unchanged.
  const longestFirst = [...forms]
    .map((form) => Buffer.from(form).toString('latin1'))
    .toSorted((a, b) => b.length - a.length)
  const pattern = new RegExp(longestFirst.map((form) => RegExp.escape(form)).join('|'), 'g')
  const bytes: Mask['bytes'] = (line) => {
    const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('latin1')
    const masked = text.replaceAll(pattern, blot)
    return masked === text ? line : Buffer.from(masked, 'latin1')
  }
  return {
    text: (text) => Buffer.from(bytes(Buffer.from(text))).toString(),
    bytes,
    longest: longestFirst[0]?.length ?? 0,
  }
}

function formsOf(value: Uint8Array): readonly string[] {
  const bytes = Buffer.from(value)
  const text = bytes.toString('utf8')
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const coded = [...base64Of(bytes), ...base64Of(Buffer.from(text.trim()))]
  return [
    ...lines,
    ...lines.map(encodeURIComponentOr),
    ...[text, text.trim(), ...lines].flatMap(jsonOf),
    ...coded,
    ...coded.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
  ]
}

/** Half a pair of UTF-16 has no such form. */
function encodeURIComponentOr(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : ''
}

/** As JSON writers put it into a string: with what is no ASCII as it is or not, and with `/` as it is or not. */
function jsonOf(text: string): readonly string[] {
  const plain = JSON.stringify(text).slice(1, -1)
  const ascii = plain.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return [plain, ascii].flatMap((form) => [form, form.replaceAll('/', String.raw`\/`)])
}

/** How the bytes look within longer base64: it depends on where they begin, and only whole characters are theirs. */
function base64Of(bytes: Buffer): readonly string[] {
  if (bytes.length < minLength) return []
  return [0, 1, 2].map((before) => {
    const coded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    return coded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
  })
}
