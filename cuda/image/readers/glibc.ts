import { findMarks } from './marks.ts'
import type { Reader } from './reader.ts'

/** The version in the banner that glibc prints when it is run. */
export function readGlibc(): Reader {
  let version: string | undefined
  const marks = findMarks('GNU C Library', (_before, from) => {
    version ??= /release version (\d+\.\d+)/.exec(from)?.[1]
  })
  return {
    write: marks.write,
    end: () => {
      marks.end()
      return version === undefined ? undefined : { kind: 'version', version }
    },
  }
}
