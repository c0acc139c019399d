import { createMiddleware } from 'hono/factory'
import { Refusal } from '../refusal.ts'

/**
 * Where a value holds text that no database column takes: a NUL, or half of a pair of surrogates. `undefined`: nowhere.
 * The names of its fields count as well.
 */
export function findUnstorable(value: unknown, place: readonly string[] = []): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : place.join('.')
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined
  for (const [key, below] of Object.entries(value)) {
    if (!isStorable(key)) return place.join('.')
    const found = findUnstorable(below, [...place, key])
    if (found !== undefined) return found
  }
  return undefined
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** The same for addresses, whose parts are looked up as they are. */
export const refuseNulInAddress = createMiddleware(async (c, next) => {
  if (c.req.url.includes('%00')) throw new Refusal('invalid_request', 'the address has a NUL in it')
  await next()
})
