import type { Logger } from 'pino'
import { rest } from '../../process/rest.ts'
import type { Environments } from '../environments/environments.ts'

const everyMs = 15_000

interface UsageDeps {
  readonly environments: Pick<Environments, 'measure' | 'measureVolumes'>
  readonly log: Logger
}

/** Measures what environments use, until the signal aborts; the next call to the server tells it. */
export async function measureEnvironments(
  { environments, log }: UsageDeps,
  signal: AbortSignal,
): Promise<void> {
  await repeat(async () => environments.measure(signal), log, signal)
}

/** The same of their volumes, which holds nothing else up. */
export async function measureVolumes(
  { environments, log }: UsageDeps,
  signal: AbortSignal,
): Promise<void> {
  await repeat(async () => environments.measureVolumes(signal), log, signal)
}

async function repeat(
  measure: () => Promise<void>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await measure().catch((err: unknown) => {
      if (!signal.aborted) log.warn({ err }, 'usage of environments')
    })
    await rest(everyMs, signal)
  }
}
