import { Counter, Histogram, type Registry } from 'prom-client'
import { failures } from '#contract/failure.ts'

/** The stage that an activity is the work of. What is short, or belongs to no build, has none. */
const stages: Readonly<Record<string, string>> = {
  validateBuild: 'validating',
  resolveBases: 'resolving',
  buildImage: 'building',
  verifyImage: 'verifying',
  pushImage: 'pushing',
  scanImage: 'scanning',
  publishImage: 'publishing',
  tagImage: 'tagging',
  startEnvironment: 'starting environment',
  stopEnvironment: 'stopping environment',
}

/** From steps that are cached to builds of an hour, in seconds. */
const seconds = [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600]

/** What runs one activity. */
type Execute<I, O> = (input: I) => Promise<O>

/**
 * Times the stages that a process works on. `failed` are those that a code of the failure table says why; whatever else is
 * thrown counts as the code `internal`.
 */
export function createStageTimes(metrics: Registry) {
  const times = new Histogram({
    name: 'kiln_stage_seconds',
    help: 'How long one try of a stage took, by how it ended: ok, failed or cancelled',
    labelNames: ['stage', 'outcome'],
    buckets: seconds,
    registers: [metrics],
  })
  const codes = new Counter({
    name: 'kiln_stage_failures_total',
    help: 'Tries of a stage that failed, by code of the failure table',
    labelNames: ['stage', 'code'],
    registers: [metrics],
  })
  return async <I, O>(activity: string, input: I, execute: Execute<I, O>): Promise<O> => {
    const stage = stages[activity]
    if (stage === undefined) return execute(input)
    const startedAt = performance.now()
    const note = (outcome: string) =>
      times.observe({ stage, outcome }, (performance.now() - startedAt) / 1000)
    try {
      const result = await execute(input)
      note('ok')
      return result
    } catch (error) {
      const code = codeOf(error)
      note(code === 'cancelled' ? 'cancelled' : 'failed')
      if (code !== 'cancelled') codes.inc({ stage, code })
      throw error
    }
  }
}

/** Only codes of the table: texts of errors would make series without end. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'internal'
  if (error.name === 'CancelledFailure' || error.name === 'AbortError') return 'cancelled'
  const type = 'type' in error ? error.type : undefined
  return typeof type === 'string' && Object.hasOwn(failures, type) ? type : 'internal'
}
