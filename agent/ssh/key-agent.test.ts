import { generateKeyPairSync, verify } from 'node:crypto'
import sshpk from 'sshpk'
import { describe, expect, it } from 'vitest'
import { packString, packUint32, readMessages, readStrings } from './agent-messages.ts'
import { createKeyAgent } from './key-agent.ts'

function makeKey(type: 'ed25519' | 'ecdsa' | 'rsa') {
  const encoding = { privateKeyEncoding: { format: 'pem', type: 'pkcs8' } } as const
  const publicKeyEncoding = { format: 'pem', type: 'spki' } as const
  const { privateKey, publicKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048, ...encoding, publicKeyEncoding })
      : type === 'ecdsa'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256', ...encoding, publicKeyEncoding })
        : generateKeyPairSync('ed25519', { ...encoding, publicKeyEncoding })
  const parsed = sshpk.parsePrivateKey(privateKey, 'pem')
  return { parsed, publicKey, bytes: Buffer.from(parsed.toString('ssh-private')) }
}

/** Sends messages in pieces of `size` bytes. @returns the answers. */
async function ask(key: Uint8Array, messages: readonly Buffer[], size = 1) {
  const sent = Buffer.concat(messages.map(packString))
  async function* pieces() {
    for (let at = 0; at < sent.length; at += size) yield sent.subarray(at, at + size)
  }
  return collect(readMessages(createKeyAgent(key)(pieces())))
}

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const list = Buffer.of(11)
const signWith = (publicKey: Buffer, data: string, flags: number) =>
  Buffer.concat([
    Buffer.of(13),
    packString(publicKey),
    packString(Buffer.from(data)),
    packUint32(flags),
  ])

/** Both numbers of a signature by a P-256 key, in 32 bytes each: RFC 4251 leaves their leading zeros out, or adds one. */
function joinNumbers(signature: Buffer): Buffer {
  const numbers = readStrings(signature, 2).slice(0, 2)
  return Buffer.concat(numbers.map((one) => Buffer.concat([Buffer.alloc(32), one]).subarray(-32)))
}

describe('createKeyAgent', () => {
  it.each([
    ['ed25519', 0, 'sha512'],
    ['ecdsa', 0, 'sha256'],
    ['rsa', 4, 'sha512'],
    ['rsa', 2, 'sha256'],
  ] as const)('lists an %s key and signs with it (flags %i)', async (type, flags, hash) => {
    const { parsed, bytes, publicKey } = makeKey(type)
    const blob = parsed.toPublic().toBuffer('rfc4253')
    const [listed, signed] = await ask(bytes, [list, signWith(blob, 'data', flags)])
    expect(listed?.subarray(0, 5)).toEqual(Buffer.of(12, 0, 0, 0, 1))
    expect(readStrings(listed?.subarray(5) ?? Buffer.alloc(0), 2)[0]).toEqual(blob)
    expect(signed?.[0]).toBe(14)
    const [signature = Buffer.alloc(0)] = readStrings(signed?.subarray(1) ?? Buffer.alloc(0), 1)
    const [, inner = Buffer.alloc(0)] = readStrings(signature, 2)
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
    const raw = type === 'ecdsa' ? joinNumbers(inner) : inner
    expect(verify(type === 'ed25519' ? null : hash, Buffer.from('data'), key, raw)).toBe(true)
  })

  it('refuses everything else', async () => {
    const { parsed, bytes } = makeKey('rsa')
    const blob = parsed.toPublic().toBuffer('rfc4253')
    const other = makeKey('ed25519').parsed.toPublic().toBuffer('rfc4253')
    const answers = await ask(
      bytes,
      [
        signWith(blob, 'over SHA-1', 0),
        signWith(other, 'with another key', 4),
        Buffer.of(13, 0, 0, 0, 99),
        Buffer.of(13),
        // Adding, removing and locking keys, and extensions.
        ...[17, 18, 19, 22, 27].map((type) => Buffer.of(type)),
        Buffer.alloc(0),
      ],
      1000,
    )
    expect(answers).toEqual(Array.from({ length: 10 }, () => Buffer.of(5)))
  })

  it('ends a connection that announces more than a message can be', async () => {
    async function* flood() {
      yield packUint32(0x7fffffff)
    }
    const { bytes } = makeKey('ed25519')
    await expect(collect(createKeyAgent(bytes)(flood()))).rejects.toThrow('too long')
  })

  it('takes no key that is not one', () => {
    expect(() => createKeyAgent(Buffer.from('hunter2'))).toThrow('ssh-private')
  })
})
