import { zValidator } from '@hono/zod-validator'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import type { z } from 'zod'
import { markCheck } from '../openapi/check.ts'
import { Refusal } from '../refusal.ts'
import { findUnstorable } from './unstorable.ts'

/** Refuses a body that is larger than `maxBytes` while it is read, whatever its headers claim. */
export function limitBody(maxBytes: number) {
  const refuse = () => {
    throw new Refusal('body_too_large', `the limit is ${maxBytes} bytes`)
  }
  const limit = bodyLimit({ maxSize: maxBytes, onError: refuse })
  return createMiddleware(async (c, next) => {
    const length = c.req.header('content-length')
    // Nobody sends more than that: it is where Node.js ends the body. To touch the body itself makes a stream of it, which
    // costs more than all else that is done with a small one.
    if (length === undefined || c.req.header('transfer-encoding') !== undefined) {
      return limit(c, next)
    }
    if (Number(length) > maxBytes) refuse()
    return next()
  })
}

export const requireJson = createMiddleware(async (c, next) => {
  const type = c.req.header('content-type') ?? ''
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new Refusal('unsupported_media_type')
  await next()
})

/** Checks the body against a schema; a refusal names each field that is wrong. */
export function jsonBody<T extends z.ZodType>(schema: T) {
  return markCheck(zValidator('json', schema, refuseUnlessValid), { target: 'json', schema })
}

/** Checks the query string likewise. */
export function query<T extends z.ZodType>(schema: T) {
  return markCheck(zValidator('query', schema, refuseUnlessValid), { target: 'query', schema })
}

/** Checks the parameters in the path likewise. */
export function parameters<T extends z.ZodType>(schema: T) {
  return markCheck(zValidator('param', schema, refuseUnlessValid), { target: 'param', schema })
}

type Checked<T = unknown> =
  | { readonly success: true; readonly data: T }
  | { readonly success: false; readonly error: { readonly issues: readonly z.core.$ZodIssue[] } }

function refuseUnlessValid(result: Checked): void {
  requireValid(result)
}

/** @throws Refusal that names each field that is wrong. */
export function requireValid<T>(result: Checked<T>): T {
  if (result.success) {
    refuseUnstorable(result.data)
    return result.data
  }
  const errors = result.error.issues.map(({ path, message }) => ({
    field: path.join('.'),
    message,
  }))
  const detail = errors.map(({ field, message }) => `${field || 'body'}: ${message}`).join('; ')
  throw new Refusal('invalid_request', detail, errors)
}

/** @throws Refusal that names the field with text which no database column takes. */
export function refuseUnstorable(data: unknown): void {
  const field = findUnstorable(data)
  if (field === undefined) return
  const message = 'has a NUL or half a character in it'
  throw new Refusal('invalid_request', `${field || 'body'}: ${message}`, [{ field, message }])
}
