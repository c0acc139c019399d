import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { describeKey } from './describe-key.ts'
import type { Signer } from './signer.ts'

const signAsync = promisify(sign)

/** Signs with a private key that this process has in its memory. */
export function createFileSigner(key: KeyObject): Signer {
  return {
    ...describeKey(createPublicKey(key)),
    sign: async (data) => signAsync('sha256', data, { key, dsaEncoding: 'der' }),
  }
}
