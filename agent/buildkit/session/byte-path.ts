/**
 * A path inside a directory, its parts joined by `/`, each character one byte of it. So a name need not be UTF-8, and
 * `<` is the order that the daemon demands.
 */
export type BytePath = string

export function toBytePath(text: string): BytePath {
  return Buffer.from(text).toString('latin1')
}

/** The path as text, for patterns and for people. */
export function fromBytePath(path: BytePath): string {
  return encodeBytePath(path).toString()
}

/** The bytes of the path, as the file system and the daemon take them. */
export function encodeBytePath(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1')
}
