import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { ControlPlane } from '../control-plane.ts'
import type { Credential } from '../joining/credential.ts'

export interface CredentialLoopDeps {
  readonly controlPlane: Pick<ControlPlane, 'renewCredential'>
  readonly credential: Credential
  readonly log: Logger
  readonly now: () => Date
  readonly random: () => number
}

/** Part of its life after which a credential is replaced: the rest is for a server that does not answer. */
const renewAfter = 0.67
const maxPauseMs = 10 * 60_000

/** Replaces the node's credential well before it ends, until the signal aborts. */
export async function keepCredential(
  { controlPlane, credential, log, now, random }: CredentialLoopDeps,
  nodeId: string,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const { from, until } = credential.life() ?? { from: 0, until: 0 }
    const dueMs = from + (until - from) * renewAfter - now().getTime()
    const pause = Math.min(maxPauseMs, Math.max(dueMs, maxPauseMs / 10)) * (0.9 + random() / 5)
    await sleep(pause, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    if (dueMs > maxPauseMs) continue
    try {
      await credential.keep(await controlPlane.renewCredential(nodeId))
    } catch (err) {
      log.warn({ err }, 'credential')
    }
  }
}
