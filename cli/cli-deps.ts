import type { CliConfig } from './config.ts'
import type { Language } from './language.ts'
import type { Streams } from './streams.ts'

/** All that commands take from outside. */
export interface CliDeps {
  readonly config: CliConfig
  readonly language: Language
  readonly streams: Streams
  readonly fetch: typeof fetch
  readonly openSocket: (url: URL, headers: Readonly<Record<string, string>>) => WebSocket
  readonly now: () => number
  readonly random: () => number
  /** Resolves after so many ms; rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Called at Ctrl-C, and when the process is told to end, instead of ending it. */
  readonly onInterrupt: (handler: () => void) => Disposable
}
