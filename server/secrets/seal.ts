import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const cipher = 'aes-256-gcm'
export const keyBytes = 32
/** NIST SP 800-38D: with random nonces of this length a key is good for 2^32 values. */
const nonceBytes = 12
const tagBytes = 16

/** Nonce, tag, then ciphertext. `bound` is authenticated but not stored: opening needs the same text. Pure but for chance. */
export function seal(key: Uint8Array, value: Uint8Array, bound: string): Uint8Array {
  const nonce = randomBytes(nonceBytes)
  const sealing = createCipheriv(cipher, key, nonce, { authTagLength: tagBytes })
  sealing.setAAD(Buffer.from(bound))
  const text = Buffer.concat([sealing.update(value), sealing.final()])
  return Buffer.concat([nonce, sealing.getAuthTag(), text])
}

/** @throws when the key or the text that it was bound to is another one, or when a byte was changed. */
export function open(key: Uint8Array, sealed: Uint8Array, bound: string): Buffer {
  const nonce = sealed.subarray(0, nonceBytes)
  const tag = sealed.subarray(nonceBytes, nonceBytes + tagBytes)
  const opening = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes })
  opening.setAAD(Buffer.from(bound))
  opening.setAuthTag(tag)
  const value = opening.update(sealed.subarray(nonceBytes + tagBytes))
  return Buffer.concat([value, opening.final()])
}
