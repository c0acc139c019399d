import type { z } from 'zod'
import type { ProblemCode } from '#contract/problem.ts'

/** An answer that says yes. */
export interface Answer {
  readonly status: 200 | 201 | 202 | 204 | 302
  /** What a JSON body is. */
  readonly schema?: z.ZodType
  /** Of a body that is no JSON. */
  readonly media?: string
  readonly description: string
}

/** What people are told of a route. What it takes is not told here: its validators are asked. */
export interface Operation {
  /** Its name in clients that are generated, such as `listImages`. */
  readonly id: string
  readonly summary: string
  readonly description?: string
  readonly answer: Answer
  /** Refusals that are its own; those of every route need not be listed. */
  readonly refusals?: readonly ProblemCode[]
  /** A body that could be sent. */
  readonly example?: object
  /** Types of a body that no validator reads, because it is taken as it comes. */
  readonly takes?: readonly string[]
  /** Headers that it reads, with what they mean. */
  readonly headers?: Readonly<Record<string, string>>
  /** It needs no token. */
  readonly open?: true
}

/** Operations by method and path, as the route has it: `GET /api/images/:id{[0-9]+}`. */
export type Operations = Readonly<Record<string, Operation>>

/** The routes of one resource. */
export interface Resource {
  readonly name: string
  readonly description: string
  readonly operations: Operations
}

/** Of a request that may be sent again without making something twice. */
export const repeatHeader = {
  'idempotency-key':
    'Chosen by the caller, such as a UUID. The same request with the same key is answered as it was the first time for 24 hours.',
} as const

export const json = (schema: z.ZodType, description: string, status: 200 | 201 | 202 = 200) =>
  ({ status, schema, description }) as const

/** An answer without a body. */
export const empty = (description: string) => ({ status: 204, description }) as const

/** An answer that sends a browser elsewhere. */
export const redirect = (description: string) => ({ status: 302, description }) as const

/** An answer whose body is no JSON. */
export const raw = (media: string, description: string) =>
  ({ status: 200, media, description }) as const
