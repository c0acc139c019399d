import { z } from 'zod'
import type { ErrorDetails } from './error.ts'
import { Status } from './gen/rpc_status.ts'
import { readRange } from './line-range.ts'

// Zeros are left out.
const position = z.object({ line: z.number().default(0) })
const source = z.object({
  ranges: z.array(z.object({ start: position.optional(), end: position.optional() })),
})
const vertex = z.object({ digest: z.string() })
const exit = z.object({ Code: z.number().default(0) })

/**
 * Reads a google.rpc.Status as BuildKit fills it: the value of each detail is JSON, not protobuf, and its type is told
 * by the type URL. The innermost source range comes last and is the one that is meant.
 */
export function readStatus(bytes: Uint8Array): {
  readonly message: string
  readonly details: ErrorDetails
} {
  const { message, details } = Status.decode(bytes)
  let known: ErrorDetails = {}
  for (const { typeUrl, value } of details) {
    const json = parseJson(value)
    if (typeUrl.endsWith('errdefs.Source+json')) {
      const written = source.safeParse(json).data?.ranges ?? []
      const ranges = written.map(readRange).filter(({ start }) => start > 0)
      if (ranges[0] !== undefined) known = { ...known, line: ranges[0].start, ranges }
    } else if (typeUrl.endsWith('errdefs.Vertex+json')) {
      const digest = vertex.safeParse(json).data?.digest
      if (digest !== undefined) known = { ...known, vertex: digest }
    } else if (typeUrl.endsWith('ExitMessage+json')) {
      const exitCode = exit.safeParse(json).data?.Code
      if (exitCode !== undefined) known = { ...known, exitCode }
    }
  }
  return { message, details: known }
}

function parseJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(value))
  } catch {
    return undefined
  }
}
