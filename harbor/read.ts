import type { z } from 'zod'
import type { HarborReply } from './connection.ts'
import { HarborError } from './error.ts'

/** The body of an answer in the shape that was expected. @throws HarborError naming the field that is not as it should be. */
export function read<T>(operation: string, schema: z.ZodType<T>, reply: HarborReply): T {
  const parsed = schema.safeParse(reply.body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const requestId = reply.headers.get('x-request-id') ?? 'unknown'
  const message = `unexpected answer at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`
  throw new HarborError(operation, { status: reply.status, message, requestId })
}

/** The id of what was made: most creations answer with nothing but its address. */
export function idOfLocation(operation: string, { headers, status }: HarborReply): number {
  const id = /\/(\d+)$/.exec(headers.get('location') ?? '')?.[1]
  if (id !== undefined) return Number(id)
  const requestId = headers.get('x-request-id') ?? 'unknown'
  throw new HarborError(operation, { status, message: 'the answer names no id', requestId })
}
