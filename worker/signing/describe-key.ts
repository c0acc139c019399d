import { createHash, type KeyObject } from 'node:crypto'

/** A public key, and the name that it goes by. */
export interface PublicKey {
  /** SHA-256 of the key in DER, in hex. */
  readonly keyId: string
  /** PEM. */
  readonly publicKey: string
}

export function describeKey(key: KeyObject): PublicKey {
  const der = key.export({ type: 'spki', format: 'der' })
  return {
    keyId: createHash('sha256').update(der).digest('hex'),
    publicKey: key.export({ type: 'spki', format: 'pem' }).toString(),
  }
}
