import type { Logger } from 'pino'
import { pauseAfter } from '#contract/pause-after.ts'
import { hasContents } from '../../records/contents.ts'
import {
  claimInspection,
  type DueInspection,
  postponeInspection,
  storeInspection,
} from '../../records/inspections.ts'
import { checkComplete } from '../moves/check-complete.ts'
import { RegistryError } from '../../registry/error.ts'
import type { ScanDeps } from '../activities/scan-image.ts'
import { describeImage } from '../../registry/describe-image.ts'
import { lookForFindings } from './look-for-findings.ts'
import { putTagsRight } from './put-tags-right.ts'

export interface InspectDeps extends ScanDeps {
  readonly log: Logger
  readonly random: () => number
}

/** Longest work on one; whoever takes it has died by then. */
const leaseMs = 5 * 60_000
const hour = 60 * 60_000
const pauses = { firstMs: 10_000, maxMs: hour }
/** Spread by a quarter to both sides, so that versions published together are not asked for together for ever. */
const every = (ms: number) => ({ firstMs: ms, maxMs: ms })

/**
 * Asks the registry about one published version: whether it has all of it still and its tags lead there, what its scanner has found since, and once what it is made of. It stands
 * beside the builds: no build waits for it. @returns whether there may be another one.
 */
export async function inspectNext(deps: InspectDeps): Promise<boolean> {
  const { db, log, random } = deps
  const due = await claimInspection(db, leaseMs)
  if (due === undefined) return false
  try {
    const found = await inspect(deps, due)
    // What is lost may be put back.
    const interval = every(found.missing.length === 0 ? 24 * hour : hour)
    await storeInspection(db, due, { ...found, nextMs: pauseAfter(interval, 1, random()) })
    if (found.missing.length === 0) {
      await putTagsRight(deps, due)
      await lookForFindings(deps, due)
    }
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    log.warn({ err: error, version: due.id, tries: due.tries }, 'inspection')
    await postponeInspection(db, due.id, pauseAfter(pauses, due.tries, random()))
  }
  return true
}

async function inspect({ db, own }: InspectDeps, { digest, repository }: DueInspection) {
  const place = `${own.prefix}/${repository}`
  const lack = await checkComplete(own.client, place, digest)
  if (lack !== undefined) return { missing: lack.missing, contents: undefined }
  const known = await hasContents(db, digest)
  const contents = known ? undefined : await describeImage(own.client, place, digest)
  return { missing: [], contents }
}
