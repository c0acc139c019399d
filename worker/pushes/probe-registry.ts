import { type Growth, pauseAfter } from '#contract/pause-after.ts'
import type { Db } from '../../records/connect.ts'
import { claimProbe, endProbe } from '../../records/registry-breaker.ts'

export interface ProbeDeps {
  readonly db: Db
  readonly own: { readonly host: string }
  readonly registryUrl: URL
  readonly random: () => number
  readonly probes: Growth
}

const limitMs = 10_000
/** Whoever looks has died by then. */
const leaseMs = 30_000

/** Looks whether a registry that is away answers again, when that is due. Whatever it answers, but for 5xx, it is there. */
export async function probeRegistry(deps: ProbeDeps): Promise<void> {
  const { db, own, registryUrl, random, probes } = deps
  const due = await claimProbe(db, own.host, leaseMs)
  if (due === undefined) return
  const answers = await isThere(registryUrl)
  const again = answers ? undefined : pauseAfter(probes, due.tries + 1, random())
  await endProbe(db, own.host, again)
}

async function isThere(url: URL): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(limitMs)
    const reply = await fetch(new URL('/v2/', url), { signal, redirect: 'manual' })
    await reply.body?.cancel()
    return reply.status < 500 && reply.status !== 429
  } catch {
    return false
  }
}
