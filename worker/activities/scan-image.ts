import { ApplicationFailure } from '@temporalio/common'
import type { ControlActivities } from '#contract/activities.ts'
import type { AttemptRef } from '#contract/build.ts'
import type { BuildFailure } from '#contract/failure.ts'
import type { Digest } from '#contract/image.ts'
import { countFrom, defaultScanPolicy, describeFindings, type ScanPolicy } from '#contract/scan.ts'
import type { Pool } from '../../records/connect.ts'
import { quarantineImage } from '../../records/quarantine.ts'
import { findRegistry } from '../../records/registry-state.ts'
import { beginScan, endScan, markScanAsked, type ScanEnd } from '../../records/scans.ts'
import type { OwnRegistry } from '../../registry/registries.ts'
import type { Scanner, ScannerAnswer } from '../scanning/scanner.ts'
import { failBuild } from './fail.ts'
import { repositoryOf } from './read-back.ts'
import { requireBuild } from './require-build.ts'

export interface ScanDeps {
  readonly db: Pool
  readonly own: OwnRegistry
  /** Of the registry, if that is a Harbor. */
  readonly scanner: Scanner
}

type Scan = NonNullable<Awaited<ReturnType<typeof beginScan>>>

/** One look at the scan of an attempt. As long as it goes on this fails so that it is called again. */
export function createScanImage(deps: ScanDeps): ControlActivities['scanImage'] {
  const { db } = deps
  return async (ref, digest) => {
    const build = await requireBuild(db, ref.buildId)
    const policy = build.scan_policy ?? defaultScanPolicy
    if (policy.mode === 'none') return
    const scan = await beginScan(db, ref, digest, policy.wait_seconds * 1000)
    if (scan === undefined)
      throw failBuild({ code: 'stale_attempt', message: 'a newer attempt decides' })
    const end = ended(scan) ?? (await look(deps, ref, digest, scan))
    // No failure of the build, and so none of the table: Temporal shows it between two looks.
    if (end === undefined) throw ApplicationFailure.retryable('the scan goes on', 'ScanGoesOn')
    await endScan(db, ref, end)
    const failure = judge(policy, end)
    if (failure === undefined) return
    const repository = repositoryOf(deps.own, build)
    await quarantineImage(db, { ...ref, repository, digest, failure })
    throw failBuild(failure)
  }
}

/** How the scan has ended, where that is known already: the worker may have been killed before it could tell. */
function ended({ state, findings, detail }: Scan): ScanEnd | undefined {
  return state === 'asked' ? undefined : { state, detail, ...(findings && { findings }) }
}

/** @returns how the scan has ended; `undefined` while it has not. */
async function look(
  { db, own, scanner }: ScanDeps,
  ref: AttemptRef,
  digest: Digest,
  { asked_at: askedAt, repository, isLate }: Scan,
): Promise<ScanEnd | undefined> {
  const kind = (await findRegistry(db, own.host))?.kind
  if (kind === 'oci') return { state: 'unscanned', detail: 'the registry is no Harbor' }
  let answer: ScannerAnswer = { state: 'silent' }
  if (kind === 'harbor' && askedAt === null) {
    answer = await scanner.ask(repository, digest)
    if (answer.state === 'running') await markScanAsked(db, ref)
  } else if (kind === 'harbor') {
    answer = await scanner.look(repository, digest)
  }
  const end = endOf(answer)
  if (end !== undefined || !isLate) return end
  await scanner.giveUp(repository, digest)
  return { state: 'timed_out' }
}

const endings = {
  running: undefined,
  silent: undefined,
  absent: { state: 'unscanned', detail: 'Harbor has no scanner' },
  denied: { state: 'failed', detail: 'the registry does not let the farm scan' },
  failed: { state: 'failed' },
} as const satisfies Record<Exclude<ScannerAnswer['state'], 'done'>, ScanEnd | undefined>

const endOf = (answer: ScannerAnswer): ScanEnd | undefined =>
  answer.state === 'done' ? answer : endings[answer.state]

/** What that means under the project's policy; `undefined` when the image may be published. Pure. */
function judge(policy: ScanPolicy, { state, findings, detail }: ScanEnd): BuildFailure | undefined {
  if (policy.mode !== 'block') return undefined
  if (state === 'timed_out') {
    const message = `the scan did not end within ${policy.wait_seconds} s`
    return { code: 'scan_timed_out', message }
  }
  if (findings === undefined) {
    return { code: 'scan_failed', message: detail || 'the scanner of the registry gave up' }
  }
  if (countFrom(findings, policy.severity) === 0) return undefined
  const message = `the scanner found ${describeFindings(findings)}; the project publishes nothing with ${policy.severity} or worse`
  return { code: 'scan_findings', message }
}
