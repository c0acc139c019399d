import { createHash } from 'node:crypto'
import { type Digest, parseDigest } from '#contract/image.ts'

export function digestOf(bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`)
}
