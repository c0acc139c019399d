import { createHash, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'

const secretBytes = 24
const shape = /^kiln_(?:api|join(?:_[0-9a-f]{64})?|node_[0-9a-z]{26})_[0-9a-f]{56}$/

/**
 * A new token such as `kiln_join_…`: what it is for, 24 random bytes and a CRC-32 of all before it, in hex. Scanners find
 * such tokens in what was leaked, and one that was mistyped fails before anything is looked up.
 */
export function mintToken(purpose: string, random: (bytes: number) => Buffer): string {
  const head = `kiln_${purpose}_${random(secretBytes).toString('hex')}`
  return `${head}${checksum(head)}`
}

export function isToken(text: string): boolean {
  return shape.test(text) && checksum(text.slice(0, -8)) === text.slice(-8)
}

/** What is stored of a token. Its secret is random, so that a plain hash cannot be guessed from. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Whether two texts are the same, in a time that tells nothing of where they differ. */
export function isSameToken(given: string, expected: string): boolean {
  return timingSafeEqual(hashToken(given), hashToken(expected))
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}
