import { createHmac } from 'node:crypto'

/** 32 bytes that only who has the key can make. Pure. */
export function macOf(key: Uint8Array, content: Uint8Array | string): Buffer {
  return createHmac('sha256', key).update(content).digest()
}
