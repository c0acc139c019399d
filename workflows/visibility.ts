import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow'
import { searchAttributes } from '#contract/workflow.ts'
import type { BuildFailure } from '#contract/failure.ts'
import type { EnvironmentState } from '#contract/environment.ts'
import type { EnvironmentReason } from '#contract/environment-reason.ts'

/** What operators see of a build in the Temporal UI. */
export interface Shown {
  readonly stage: string
  readonly attempt: number
  readonly node?: string
  readonly digest?: string
  readonly failure?: BuildFailure
}

/** Puts the state into the search attributes, for lists and filters, and into the current details, for reading. */
export function show({ stage, attempt, node, digest, failure }: Shown): void {
  upsertSearchAttributes([
    { key: searchAttributes.stage, value: stage },
    { key: searchAttributes.node, value: node ?? null },
    { key: searchAttributes.digest, value: digest ?? null },
    { key: searchAttributes.failure, value: failure?.code ?? null },
  ])
  const rows = [
    ['stage', stage],
    ['attempt', String(attempt)],
    ['node', node],
    ['digest', digest],
    ['failure', failure && `${failure.code}: ${failure.message}`],
    ['line', failure?.line?.toString()],
  ]
  showRows(rows)
}

interface ShownEnvironment {
  readonly state: EnvironmentState
  readonly nodeId?: string
  readonly reason?: EnvironmentReason
}

/** The same for an environment. */
export function showEnvironment({ state, nodeId, reason }: ShownEnvironment): void {
  upsertSearchAttributes([
    { key: searchAttributes.stage, value: state },
    { key: searchAttributes.node, value: nodeId ?? null },
    { key: searchAttributes.failure, value: state === 'failed' ? (reason ?? null) : null },
  ])
  showRows([
    ['state', state],
    ['node', nodeId],
    ['reason', reason],
  ])
}

function showRows(rows: readonly (readonly (string | undefined)[])[]): void {
  const known = rows.filter(([, value]) => value !== undefined)
  setCurrentDetails(known.map(([name, value]) => `- **${name}** ${value}`).join('\n'))
}
