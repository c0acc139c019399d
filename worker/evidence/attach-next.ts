import type { Logger } from 'pino'
import { evidenceType } from '#contract/attestation.ts'
import { parseDigest } from '#contract/image.ts'
import { pauseAfter } from '#contract/pause-after.ts'
import {
  claimEvidence,
  type DueEvidence,
  giveUpEvidence,
  markAttached,
  postponeEvidence,
  withReferrers,
} from '../../records/attachments.ts'
import type { Pool } from '../../records/connect.ts'
import { attach } from '../../registry/attach.ts'
import { RegistryError } from '../../registry/error.ts'
import type { OwnRegistry } from '../../registry/registries.ts'

/** Longest work on one; whoever takes it has died by then. */
const leaseMs = 5 * 60_000
/** About a day. After it the evidence is shown as given up, and tried once a day. */
const maxTries = 30
const pauses = { firstMs: 10_000, maxMs: 60 * 60_000 }
const rarePauses = { firstMs: 24 * 60 * 60_000, maxMs: 24 * 60 * 60_000 }

export interface AttachDeps {
  readonly db: Pool
  readonly own: OwnRegistry
  readonly log: Logger
  readonly random: () => number
}

/**
 * Hangs the evidence of one published image on it in the registry. It stands beside the builds: a registry that does not
 * take it now is asked again, and no build fails for it. @returns whether there may be another one.
 */
export async function attachNext({ db, own, log, random }: AttachDeps): Promise<boolean> {
  const due = await claimEvidence(db, leaseMs)
  if (due === undefined) return false
  const { buildId, attempt, digest, repository, tries } = due
  const place = `${own.prefix}/${repository}`
  try {
    const document = {
      type: evidenceType,
      document: documentOf(due),
      annotations: { 'org.opencontainers.image.created': due.report.finished_at },
    }
    const manifest = await attach(own.client, place, parseDigest(digest), document, (write) =>
      withReferrers(db, `${place}@${digest}`, write),
    )
    await markAttached(db, due, manifest)
  } catch (error) {
    log.warn({ err: error, buildId, attempt, tries }, 'evidence not attached')
    if (tries < maxTries) await postponeEvidence(db, due, pauseAfter(pauses, tries, random()))
    else {
      const ms = pauseAfter(rarePauses, 1, random())
      const problem = error instanceof RegistryError ? error.message : 'unexpected: see the log'
      await giveUpEvidence(db, due, { ms, problem })
    }
  }
  return true
}

function documentOf({ buildId, attempt, nodeId, arch, report }: DueEvidence) {
  return { version: 1, build_id: buildId, attempt, node_id: nodeId, arch, ...report }
}
