import { parseDigest } from '#contract/image.ts'
import type { DueInspection } from '../../records/inspections.ts'
import { findRegistry } from '../../records/registry-state.ts'
import { findVersionScan, markScanAsked, storeLaterFindings } from '../../records/scans.ts'
import type { ScanDeps } from '../activities/scan-image.ts'

/** What the scanner knew longer ago is asked for anew. A day less the time by which inspections are spread. */
const oldMs = 16 * 60 * 60_000

/** Whether the scanner has more to say of a published version than when it was published. Nothing is moved by it. */
export async function lookForFindings(
  { db, own, scanner }: ScanDeps,
  { id, repository, digest: text }: DueInspection,
): Promise<void> {
  const scan = await findVersionScan(db, id, oldMs)
  if (scan === undefined || (await findRegistry(db, own.host))?.kind !== 'harbor') return
  const digest = parseDigest(text)
  const answer = await scanner.look(repository, digest)
  if (answer.state === 'done') await storeLaterFindings(db, scan, answer.findings)
  // The next look sees what that finds, at once where Harbor tells that it has ended.
  if (!scan.isOld || answer.state === 'running') return
  await markScanAsked(db, scan)
  await scanner.ask(repository, digest)
}
