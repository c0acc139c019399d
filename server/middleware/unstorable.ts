import { createMiddleware } from 'hono/factory'
import { Refusal } from '../refusal.ts'

/**
 * Where a value holds text that no database column takes: a NUL, or half of a pair of surrogates. `undefined`: nowhere.
 * The names of its fields count as well.
 */
export function findUnstorable(value: unknown): string | undefined {
  // The place is only looked for where there is one: nearly everything that is sent can be stored.
  return isAllStorable(value) ? undefined : findPlace(value, [])
}

function isAllStorable(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value)
  if (!hasFields(value)) return true
  for (const key in value) {
    if (!isStorable(key) || !isAllStorable(value[key])) return false
  }
  return true
}

function findPlace(value: unknown, place: readonly string[]): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : place.join('.')
  if (!hasFields(value)) return undefined
  for (const [key, below] of Object.entries(value)) {
    if (!isStorable(key)) return place.join('.')
    const found = findPlace(below, [...place, key])
    if (found !== undefined) return found
  }
  return undefined
}

function hasFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** The same for addresses, whose parts are looked up as they are. */
export const refuseNulInAddress = createMiddleware(async (c, next) => {
  if (c.req.url.includes('%00')) throw new Refusal('invalid_request', 'the address has a NUL in it')
  await next()
})
