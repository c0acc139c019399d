import { Connection } from '@temporalio/client'
import Long from 'long'
import { z } from 'zod'
import { searchAttributes } from '#contract/workflow.ts'
import { until } from '../../process/until.ts'
import type { TemporalAccess } from '../../temporal/temporal-access.ts'

const names = Object.values(searchAttributes).map(({ name }) => name)
const daySeconds = 24 * 60 * 60
/** How long an ended workflow can be looked at; Kiln itself needs none that has ended. */
const usualRetentionDays = 7
/** IndexedValueType of Temporal's API. */
const keyword = 2
const grpcNotFound = 5
/** Of a Temporal whose owner keeps this to himself: what is there already is then all that counts. */
const grpcNotOurs = new Set([7, 12])

/** Registers the namespace and the search attributes once; answers when workflows that use them can start. */
export async function prepareNamespace(
  temporal: TemporalAccess & { readonly address: string },
  namespace: string,
  signal: AbortSignal,
  retentionDays = usualRetentionDays,
): Promise<void> {
  const connection = await Connection.connect({ ...temporal, connectTimeout: '10s' })
  try {
    await ensureNamespace(connection, namespace, retentionDays)
    await until(() => addSearchAttributes(connection, namespace), {
      what: 'the search attributes of Temporal',
      limitMs: 30_000,
      signal,
    })
    await until(() => canStartWorkflows(connection, namespace), {
      what: `the Temporal namespace ${namespace}`,
      limitMs: 60_000,
      signal,
    })
  } finally {
    await connection.close()
  }
}

async function ensureNamespace(
  connection: Connection,
  namespace: string,
  retentionDays: number,
): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace })
  } catch (error) {
    if (grpcCode(error) !== grpcNotFound) throw error
    await connection.workflowService.registerNamespace({
      namespace,
      description: 'Builds of Kiln, one workflow each',
      workflowExecutionRetentionPeriod: { seconds: Long.fromNumber(retentionDays * daySeconds) },
    })
  }
}

async function addSearchAttributes(connection: Connection, namespace: string): Promise<boolean> {
  const { operatorService } = connection
  try {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace })
    const missing = names.filter((name) => !(name in customAttributes))
    if (missing.length === 0) return true
    await operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
    })
  } catch (error) {
    if (!grpcNotOurs.has(grpcCode(error) ?? 0)) throw error
  }
  return true
}

/** Asks what a start needs without starting anything: the attributes' mapping, and a history shard that is loaded. */
async function canStartWorkflows(connection: Connection, namespace: string): Promise<boolean> {
  const query = names.map((name) => `${name} = 'none'`).join(' or ')
  await connection.workflowService.countWorkflowExecutions({ namespace, query })
  try {
    await connection.workflowService.describeWorkflowExecution({
      namespace,
      execution: { workflowId: 'none' },
    })
    return true
  } catch (error) {
    if (grpcCode(error) === grpcNotFound) return true
    throw error
  }
}

function grpcCode(error: unknown): number | undefined {
  return z.object({ code: z.number() }).safeParse(error).data?.code
}
