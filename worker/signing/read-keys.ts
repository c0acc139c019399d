import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { decryptKey } from './decrypt-key.ts'
import { describeKey, type PublicKey } from './describe-key.ts'
import { createFileSigner } from './file-signer.ts'
import type { Signer } from './signer.ts'

/** Who signs, and whose signatures count. */
export interface SigningKeys {
  readonly signer: Signer
  /** Keys that signed before. */
  readonly others: readonly PublicKey[]
}

const block = /-----BEGIN ([A-Z ]+)-----\s*([A-Za-z0-9+/=\s]+?)-----END \1-----/g
const sealedTypes = ['ENCRYPTED SIGSTORE PRIVATE KEY', 'ENCRYPTED COSIGN PRIVATE KEY']

/**
 * Reads a key file: PEM blocks, of which the first is the private key that signs, and the others, private or public, are
 * keys that signed before. @param password opens those that cosign has sealed. @throws Error saying which block is wrong.
 */
export async function readKeys(text: string, password: string): Promise<SigningKeys> {
  const blocks = Array.from(text.matchAll(block), ([pem, type = '', body = '']) => ({
    pem,
    type,
    body,
  }))
  const keys = await Promise.all(
    blocks.map(async ({ pem, type, body }, index) => {
      try {
        return requireP256(await readBlock(pem, type, body, password))
      } catch (error) {
        throw new Error(`key ${index + 1} of the signing key file cannot be used`, { cause: error })
      }
    }),
  )
  const [first, ...others] = keys
  if (first?.type !== 'private')
    throw new Error('the signing key file must begin with a private key')
  return {
    signer: createFileSigner(first),
    others: others.map((key) => describeKey(key.type === 'private' ? createPublicKey(key) : key)),
  }
}

async function readBlock(
  pem: string,
  type: string,
  body: string,
  password: string,
): Promise<KeyObject> {
  if (type === 'PUBLIC KEY') return createPublicKey(pem)
  if (!sealedTypes.includes(type)) return createPrivateKey({ key: pem, passphrase: password })
  const key = await decryptKey(Buffer.from(body, 'base64'), password)
  return createPrivateKey({ key, type: 'pkcs8', format: 'der' })
}

function requireP256(key: KeyObject): KeyObject {
  const curve = key.asymmetricKeyDetails?.namedCurve
  if (key.asymmetricKeyType === 'ec' && curve === 'prime256v1') return key
  throw new Error('it is not an ECDSA key on the curve P-256')
}
