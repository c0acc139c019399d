import type { z } from 'zod'

/** A part of a request, and the schema that judges it. */
export interface Check {
  readonly target: 'json' | 'query' | 'param'
  readonly schema: z.ZodType
}

const mark = Symbol('check')

/** Notes on a middleware what it checks, so that the description of the API says what is really asked for. */
export function markCheck<T extends object>(middleware: T, check: Check): T {
  return Object.assign(middleware, { [mark]: check })
}

/** @returns undefined for a handler that checks nothing. */
export function checkOf(handler: object): Check | undefined {
  return (handler as { readonly [mark]?: Check })[mark]
}
