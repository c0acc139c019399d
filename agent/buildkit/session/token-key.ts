import { createHmac, createPrivateKey, createPublicKey, sign } from 'node:crypto'

/** What comes before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, section 7). */
const keyHeader = Buffer.from('302e020100300506032b657004220420', 'hex')

export interface TokenKey {
  /** 32 bytes. */
  readonly publicKey: Buffer
  /** Signature and payload in one, as NaCl's `sign` makes it. */
  sign(payload: Uint8Array): Buffer
}

/** The key that stands for a login at one daemon. @param salt of the daemon, new each time it starts. */
export function createTokenKey(seed: Uint8Array, salt: Uint8Array): TokenKey {
  const key = createPrivateKey({
    key: Buffer.concat([keyHeader, createHmac('sha256', salt).update(seed).digest()]),
    format: 'der',
    type: 'pkcs8',
  })
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' })
  return {
    publicKey: Buffer.from(x, 'base64url'),
    sign: (payload) => Buffer.concat([sign(null, payload, key), payload]),
  }
}
