import { generateKeyPairSync, type KeyObject, randomBytes, scryptSync, verify } from 'node:crypto'
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import { describe, expect, it } from 'vitest'
import { describeKey } from './describe-key.ts'
import { readKeys } from './read-keys.ts'

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pemOf = (key: KeyObject) =>
  key.export({ type: key.type === 'public' ? 'spki' : 'pkcs8', format: 'pem' }).toString()

/** As cosign writes a private key. */
function seal(key: KeyObject, password: string): string {
  const [salt, nonce] = [randomBytes(32), randomBytes(24)]
  const secret = scryptSync(password, salt, 32, { N: 65_536, r: 8, p: 1, maxmem: 2 ** 28 })
  const der = key.export({ type: 'pkcs8', format: 'der' })
  const box = {
    kdf: { name: 'scrypt', params: { N: 65_536, r: 8, p: 1 }, salt: salt.toString('base64') },
    cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
    ciphertext: Buffer.from(xsalsa20poly1305(secret, nonce).encrypt(der)).toString('base64'),
  }
  const body = Buffer.from(JSON.stringify(box)).toString('base64')
  const type = 'ENCRYPTED SIGSTORE PRIVATE KEY'
  return `-----BEGIN ${type}-----\n${body.replace(/(.{64})/g, '$1\n')}\n-----END ${type}-----\n`
}

describe('the file of signing keys', () => {
  it('gives the first key as the one that signs, and the others as those that did', async () => {
    const [now, before, long] = [pair(), pair(), pair()]
    const text = pemOf(now.privateKey) + pemOf(before.privateKey) + pemOf(long.publicKey)
    const { signer, others } = await readKeys(text, '')
    expect(signer).toMatchObject(describeKey(now.publicKey))
    expect(others).toEqual([describeKey(before.publicKey), describeKey(long.publicKey)])
    const data = Buffer.from('to be signed')
    expect(verify('sha256', data, signer.publicKey, await signer.sign(data))).toBe(true)
  })

  it('opens a sealed key with its password, and with no other', async () => {
    const { privateKey, publicKey } = pair()
    const text = seal(privateKey, 'right')
    expect((await readKeys(text, 'right')).signer).toMatchObject(describeKey(publicKey))
    await expect(readKeys(text, 'wrong')).rejects.toThrow('key 1 of the signing key file')
  })

  it.each([
    ['is empty', '', 'must begin with a private key'],
    ['begins with a public key', pemOf(pair().publicKey), 'must begin with a private key'],
    [
      'holds a key of another kind',
      pemOf(generateKeyPairSync('ed25519').privateKey),
      'key 1 of the signing key file',
    ],
  ])('is refused when it %s', async (_what, text, message) => {
    await expect(readKeys(text, '')).rejects.toThrow(message)
  })
})
