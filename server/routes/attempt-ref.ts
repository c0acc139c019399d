import type { AttemptRef } from '#contract/build.ts'

/** The attempt that the path of an agent's call names. */
export function readRef({ build, attempt }: { build: string; attempt: string }): AttemptRef {
  return { buildId: build, attempt: Number(attempt) }
}
