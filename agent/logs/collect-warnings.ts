import { type BuildWarning, stepLimits } from '#contract/step.ts'
import type { WarningEvent } from '../buildkit/progress.ts'

export interface WarningCollector {
  read(event: WarningEvent): void
  /** Those that were not taken before, as many as one report carries. */
  take(): readonly BuildWarning[]
}

export interface WarningRules {
  /** The line of the user's Dockerfile for a line of the one that is built. */
  readonly userLine: (line: number | undefined) => number | null
  /** A text as it may be kept, at most `length` long. */
  readonly clean: (text: string, length: number) => string
}

/** Gathers warnings, each once. Pure. */
export function createWarningCollector({ userLine, clean }: WarningRules): WarningCollector {
  const known = new Set<string>()
  const waiting: BuildWarning[] = []
  return {
    read: ({ text, line, url, detail }) => {
      const key = `${line} ${text}`
      if (known.has(key) || known.size >= stepLimits.warnings) return
      known.add(key)
      waiting.push({
        number: known.size,
        text: clean(text, stepLimits.text),
        line: userLine(line),
        url: url === '' ? null : clean(url, stepLimits.url),
        detail: detail
          .slice(0, stepLimits.detailLines)
          .map((more) => clean(more, stepLimits.detailLine)),
      })
    },
    take: () => waiting.splice(0, stepLimits.warningsPerReport),
  }
}
