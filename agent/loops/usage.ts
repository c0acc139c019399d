import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Environments } from '../environments/environments.ts'

interface UsageDeps {
  readonly environments: Pick<Environments, 'measure'>
  readonly log: Logger
}

/** Measures what environments use, until the signal aborts; the next call to the server tells it. */
export async function measureEnvironments(
  { environments, log }: UsageDeps,
  signal: AbortSignal,
  everyMs = 15_000,
): Promise<void> {
  while (!signal.aborted) {
    await environments.measure(signal).catch((err: unknown) => {
      if (!signal.aborted) log.warn({ err }, 'usage of environments')
    })
    await sleep(everyMs, undefined, { signal }).catch(() => undefined)
  }
}
