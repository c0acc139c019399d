import type { BuildSources, NamedSource } from '#contract/context.ts'
import { explain } from '#contract/failure.ts'
import type { PackageLists } from '#contract/packages.ts'
import { sayPlacement } from '#contract/placement-reason.ts'
import { sayWait } from '#contract/wait-reason.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import { findBuildPackages } from '../../records/build-packages.ts'
import type { BuildRow } from '../../records/builds.ts'
import type { Db } from '../../records/connect.ts'
import { readMovedBases } from '../../records/rebuilds.ts'
import { findSave } from '../../records/saves.ts'
import { readQuarantine } from '../../records/quarantine.ts'
import type { Wait } from '../queue/foretell.ts'
import { warnOfStored } from '../packages/read-warnings.ts'
import { showWait } from './queue.ts'
import { showVerification } from './verification.ts'
import { summariseSteps } from './step-list.ts'
import { showVersion } from './build-version.ts'

/** A build with its attempts, stages and verdict, as `GET /api/builds/{id}` shows it. Durations in ms. */
export async function showBuild(
  db: Db,
  build: BuildRow,
  {
    temporalUi,
    language,
    wait,
  }: {
    readonly temporalUi: string | undefined
    readonly language: Language
    readonly wait: Wait | undefined
  },
) {
  const [stages, attempts, verification, steps, quarantined, moved, packages, saved] =
    await Promise.all([
      readStages(db, build.id),
      readAttempts(db, build.id, language),
      showVerification(db, { buildId: build.id, attempt: build.attempt }, language),
      summariseSteps(db, { buildId: build.id, attempt: build.attempt }),
      readQuarantine(db, build.id),
      readMovedBases(db, build.id),
      findBuildPackages(db, build.id),
      findSave(db, build.id),
    ])
  return {
    ...summarise(build, language),
    queue: wait === undefined ? null : showWait(wait, language),
    description: build.description,
    visibility: build.visibility ?? 'project',
    version: await showVersion(db, build.id),
    rebuild_because: moved.length === 0 ? null : { bases_moved: moved },
    ...showSource(build, packages, saved),
    warnings: await warnOfStored(db, { packages, bases: build.bases }, language),
    stages,
    attempts,
    steps,
    verification,
    quarantine: quarantined.map(({ created_at, ...image }) => ({
      ...image,
      created_at: created_at.toISOString(),
    })),
    ...(temporalUi === undefined ? {} : { temporal_url: temporalUi.replace('{id}', build.id) }),
  }
}

type Saved = NonNullable<Awaited<ReturnType<typeof findSave>>>

/** What a build was made from, as it was submitted, and the digests and commits that it came to. */
export function showSource(
  { base_image, dockerfile, options, ...build }: BuildRow,
  packages: PackageLists | null,
  saved: Saved | undefined,
) {
  return {
    base_image,
    dockerfile,
    packages,
    options,
    context: build.context ?? build.sources.git ?? null,
    contexts: showNamed(build.sources),
    bases: build.bases ?? [],
    saved: saved === undefined ? null : showSave(saved),
  }
}

/** Which start of which environment was saved, on what, and by whom. */
function showSave({ choices, ...save }: Saved) {
  return { ...save, ...choices }
}

/** Named contexts in the form in which they were submitted, those that were pinned with what they were pinned to. */
function showNamed({ named }: BuildSources) {
  return Object.fromEntries(
    Object.entries(named).map(([name, source]): [string, string | NamedSource] => [
      name,
      'upload' in source ? source.upload : source,
    ]),
  )
}

/** What a list shows of a build. */
export function summarise(build: BuildRow, language: Language = 'en') {
  const { id, name, status, stage, attempt, digest, size, failure, created_at, finished_at } = build
  return {
    id,
    project: build.project,
    name,
    submitted_by: build.submitted_by === '' ? null : build.submitted_by,
    status,
    stage,
    attempt,
    priority: build.priority,
    node_id: build.node_id,
    waiting_reason: waitingReason(build, language),
    digest,
    size,
    failure: failure === null ? null : explain(failure),
    cancel_requested: build.cancel_requested_at !== null,
    joined_to: build.joined_to,
    created_at: created_at.toISOString(),
    finished_at: finished_at?.toISOString() ?? null,
    duration_ms: finished_at === null ? null : finished_at.getTime() - created_at.getTime(),
  }
}

const waitingForScan = { en: 'waiting for the scan', zh: '正在等待扫描' } as const

/** Builds wait for a node, once they are built for a GPU of it, then for the registry and for its scanner. */
function waitingReason(
  { stage, wait_reason: reason, gpu_reason, ...build }: BuildRow,
  language: Language,
): string | null {
  if (stage === 'waiting' && build.joined_to !== null && build.joined_until === null) {
    return sayWait({ code: 'joined', build: build.joined_to })[language]
  }
  if (stage === 'waiting') return reason && sayWait(reason)[language]
  if (stage === 'pushing') {
    return build.scan_state === 'asked' ? waitingForScan[language] : build.push_reason
  }
  return stage === 'verifying' ? gpu_reason : null
}

async function readStages(db: Db, buildId: string) {
  const rows = await db
    .selectFrom('stages')
    .selectAll()
    .where('build_id', '=', buildId)
    .orderBy('started_at')
    .limit(100)
    .execute()
  return rows.map(({ stage, attempt, started_at, finished_at }) => ({
    stage,
    attempt,
    started_at: started_at.toISOString(),
    duration_ms: finished_at === null ? null : finished_at.getTime() - started_at.getTime(),
  }))
}

async function readAttempts(db: Db, buildId: string, language: Language) {
  const rows = await db
    .selectFrom('attempts')
    .selectAll()
    .where('build_id', '=', buildId)
    .orderBy('number')
    .limit(100)
    .execute()
  return rows.map(({ number, node_id, reason, placement, placed_at, finished_at, failure }) => ({
    number,
    node_id,
    reason: placement === null ? reason : sayPlacement(placement)[language],
    placed_at: placed_at.toISOString(),
    finished_at: finished_at?.toISOString() ?? null,
    failure: failure === null ? null : explain(failure),
  }))
}
