import { Counter, Histogram, type Registry } from 'prom-client'
import type { ControlActivities } from '#contract/activities.ts'
import { type FailureCode, failures } from '#contract/failure.ts'
import type { FinalStatus } from '#contract/stage.ts'

/** What the worker counts while it works. */
export interface WorkerMetrics {
  readonly registry: Registry
  /** How long builds waited that have been placed, in seconds. */
  readonly waited: Histogram
  readonly builds: Counter<'status' | 'code'>
  readonly attempts: Counter<'code'>
}

export function createWorkerMetrics(registry: Registry): WorkerMetrics {
  const registers = [registry]
  const metrics = {
    registry,
    waited: new Histogram({
      name: 'kiln_queue_wait_seconds',
      help: 'How long builds waited for a node that have been placed',
      buckets: [0.1, 1, 5, 15, 60, 300, 900, 3600, 14_400],
      registers,
    }),
    builds: new Counter({
      name: 'kiln_builds_ended_total',
      help: 'Builds that have ended, by status and, where they failed, by code of the failure table',
      labelNames: ['status', 'code'],
      registers,
    }),
    attempts: new Counter({
      name: 'kiln_attempts_failed_total',
      help: 'Attempts that failed, by code of the failure table; agent_lost is a lease that was lost',
      labelNames: ['code'],
      registers,
    }),
  }
  startAtZero(metrics)
  return metrics
}

/** A series that began at 1 would hide its first end from `increase`, which sees what comes after its first sample. */
function startAtZero({ builds, attempts }: Pick<WorkerMetrics, 'builds' | 'attempts'>): void {
  builds.inc({ status: 'succeeded', code: '' }, 0)
  for (const code of [...Object.keys(failures), 'other']) {
    builds.inc({ status: statuses[code] ?? 'failed', code }, 0)
    attempts.inc({ code }, 0)
  }
}

/** How builds with these codes end; with all others they fail (`statusOf` of the workflows). */
const statuses: Readonly<Record<string, FinalStatus>> = {
  cancelled: 'cancelled',
  stage_timeout: 'timed_out',
} satisfies Partial<Record<FailureCode, FinalStatus>>

/** Counts what ends. An end that is told again, since its answer was lost, counts again: that is rare. */
export function countEnds<T extends Pick<ControlActivities, 'finishBuild' | 'endAttempt'>>(
  activities: T,
  { builds, attempts }: WorkerMetrics,
): T {
  return {
    ...activities,
    finishBuild: async (end) => {
      await activities.finishBuild(end)
      builds.inc({ status: end.status, code: codeOf(end.failure?.code) })
    },
    endAttempt: async (attempt, failure) => {
      await activities.endAttempt(attempt, failure)
      attempts.inc({ code: codeOf(failure.code) })
    },
  }
}

/** A code that an older workflow knows, and this table does not, is no series of its own. */
function codeOf(code: string | undefined): string {
  if (code === undefined) return ''
  return Object.hasOwn(failures, code) ? code : 'other'
}
