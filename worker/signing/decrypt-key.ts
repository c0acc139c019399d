import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import { z } from 'zod'

const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'))

/** The strengths of scrypt that cosign has ever written. */
const costs = [32_768, 65_536, 131_072] as const

const box = z.object({
  kdf: z.object({
    name: z.literal('scrypt'),
    params: z.object({ N: z.literal(costs), r: z.literal(8), p: z.literal(1) }),
    salt: base64,
  }),
  cipher: z.object({ name: z.literal('nacl/secretbox'), nonce: base64 }),
  ciphertext: base64,
})

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt)

/**
 * Opens a private key as `cosign generate-key-pair` writes it.
 * @returns the key in PKCS#8 DER. @throws Error when the password is not the one that it was written with.
 */
export async function decryptKey(sealed: Uint8Array, password: string): Promise<Buffer> {
  const { kdf, cipher, ciphertext } = box.parse(JSON.parse(Buffer.from(sealed).toString('utf8')))
  const { N, r, p } = kdf.params
  const key = await derive(password, kdf.salt, 32, { N, r, p, maxmem: 2 * 128 * N * r })
  return Buffer.from(xsalsa20poly1305(key, cipher.nonce).decrypt(ciphertext))
}
