import type { z } from 'zod'

/** Why what a probe printed cannot be taken for its report. */
export type ReportProblem = 'missing' | 'invalid' | 'ambiguous'

export type ReadReport<T> = { readonly report: T } | { readonly problem: ReportProblem }

interface Report {
  readonly probe: string
  readonly nonce: string
}

/** More than this is no report: a probe prints one line. */
const maxOutput = 256 * 1024

/**
 * Finds the one report in what a step printed. It counts only with the nonce of this run, so neither an old line nor one
 * that the image prints can pass for it; two different ones are refused, as nobody could say which is the probe's.
 * @param nonce of this run. @param schema of the report that is expected.
 */
export function readReport<T extends Report>(
  stdout: Uint8Array,
  nonce: string,
  schema: z.ZodType<T>,
): ReadReport<T> {
  if (stdout.length > maxOutput) return { problem: 'ambiguous' }
  const lines = new TextDecoder().decode(stdout).split('\n')
  const own = new Set(lines.filter((line) => nonceOf(line) === nonce))
  const [line] = own
  if (line === undefined) return { problem: 'missing' }
  if (own.size > 1) return { problem: 'ambiguous' }
  const { data } = schema.safeParse(JSON.parse(line))
  return data === undefined ? { problem: 'invalid' } : { report: data }
}

function nonceOf(line: string): unknown {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && 'nonce' in value ? value.nonce : undefined
  } catch {
    return undefined
  }
}
