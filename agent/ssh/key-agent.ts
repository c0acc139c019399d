import sshpk, { type AlgorithmHashType, type PrivateKey } from 'sshpk'
import type { SshAgent } from '../buildkit/session/ssh-forward.ts'
import { packString, packUint32, readMessages, readStrings } from './agent-messages.ts'

/** Numbers of draft-ietf-sshm-ssh-agent, section 6. */
const failure = 5
const requestIdentities = 11
const identitiesAnswer = 12
const signRequest = 13
const signResponse = 14

/** What a client asks for besides: without one of them an RSA signature would be over SHA-1, which nobody should take. */
const rsaHashes = [
  { flag: 4, hash: 'sha512' },
  { flag: 2, hash: 'sha256' },
] as const

/**
 * An SSH agent that holds one key and lets its clients sign with it; they never get the key itself.
 * @param key an OpenSSH private key without a passphrase. @throws when it is none.
 */
export function createKeyAgent(key: Uint8Array): SshAgent {
  const privateKey = sshpk.parsePrivateKey(Buffer.from(key), 'ssh-private')
  const publicKey = privateKey.toPublic().toBuffer('rfc4253')
  const identities = Buffer.concat([
    packUint32(1),
    packString(publicKey),
    packString(Buffer.from('kiln')),
  ])
  const answer = (type: number | undefined, body: Buffer): Buffer => {
    if (type === requestIdentities) return message(identitiesAnswer, identities)
    if (type !== signRequest) return message(failure)
    const [wanted, data, rest] = readStrings(body, 2)
    const hash = hashOf(privateKey, rest?.readUInt32BE(0) ?? 0)
    if (hash === undefined || data === undefined || wanted?.equals(publicKey) !== true) {
      return message(failure)
    }
    return message(signResponse, packString(sign(privateKey, hash, data)))
  }
  return async function* (requests) {
    for await (const request of readMessages(requests)) {
      yield answer(request[0], request.subarray(1))
    }
  }
}

function message(type: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  return packString(Buffer.concat([Buffer.of(type), body]))
}

function hashOf(key: PrivateKey, flags: number): AlgorithmHashType | undefined {
  if (key.type !== 'rsa') return key.defaultHashAlgorithm()
  return rsaHashes.find(({ flag }) => (flags & flag) !== 0)?.hash
}

function sign(key: PrivateKey, hash: AlgorithmHashType, data: Buffer): Buffer {
  const signing = key.createSign(hash)
  signing.update(data)
  return signing.sign().toBuffer('ssh')
}
