import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { macOf } from '../secrets/mac.ts'

const holder = { node: z.string(), activity: z.string() }
const task = z.union([
  z.object({ ...holder, build: z.string(), attempt: z.number().int() }),
  z.object({ ...holder, environment: z.string(), start: z.number().int() }),
])

/** Whose a task is, and of which attempt of a build or start of an environment. */
export type Task = z.infer<typeof task>
export type TaskSubject =
  | { readonly build: string; readonly attempt: number }
  | { readonly environment: string; readonly start: number }

const macBytes = 32

/**
 * What a node gets instead of Temporal's own token, which anyone could write: that token with whose task it is, under a
 * MAC that only the server can make. Nothing in it is secret.
 */
export function sealToken(key: Uint8Array, about: Task, token: Uint8Array): Buffer {
  const head = Buffer.from(JSON.stringify(about))
  const length = Buffer.alloc(2)
  length.writeUInt16BE(head.length)
  const body = Buffer.concat([length, head, token])
  return Buffer.concat([macOf(key, body), body])
}

/** @returns `undefined` for what was not sealed with this key. */
export function openToken(
  key: Uint8Array,
  sealed: Uint8Array,
): { readonly about: Task; readonly token: Uint8Array } | undefined {
  const bytes = Buffer.from(sealed)
  const body = bytes.subarray(macBytes)
  if (body.length < 2 || !timingSafeEqual(bytes.subarray(0, macBytes), macOf(key, body))) {
    return undefined
  }
  const end = 2 + body.readUInt16BE()
  return {
    about: task.parse(JSON.parse(body.subarray(2, end).toString())),
    token: body.subarray(end),
  }
}
