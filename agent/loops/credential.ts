import type { Logger } from 'pino'
import type { ControlPlane } from '../control-plane.ts'
import type { Credential } from '../joining/credential.ts'
import { isRefusal, notAdmitted } from '../joining/join-farm.ts'

export interface CredentialLoopDeps {
  readonly controlPlane: Pick<ControlPlane, 'renewCredential'>
  readonly credential: Credential
  readonly log: Logger
  /** That the credential was opened with. */
  readonly clock: () => number
  readonly random: () => number
  /** Ends early, and without an error, when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Part of its life after which a credential is replaced: the rest is for a server that does not answer. */
const renewAfter = 0.67
const maxPauseMs = 10 * 60_000

/**
 * Replaces the node's credential well before it ends, until the signal aborts.
 * @throws NotAdmitted when the server no longer takes it: no later try would be answered otherwise.
 */
export async function keepCredential(
  { controlPlane, credential, log, clock, random, sleep }: CredentialLoopDeps,
  nodeId: string,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const { from, until } = credential.life() ?? { from: 0, until: 0 }
    const dueMs = from + (until - from) * renewAfter - clock()
    const pause = Math.min(maxPauseMs, Math.max(dueMs, maxPauseMs / 10)) * (0.9 + random() / 5)
    await sleep(pause, signal)
    if (signal.aborted) return
    if (dueMs > maxPauseMs) continue
    try {
      await credential.keep(await controlPlane.renewCredential(nodeId))
    } catch (err) {
      if (isRefusal(err)) throw notAdmitted(err)
      log.warn({ err }, 'credential')
    }
  }
}
