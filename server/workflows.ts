import {
  Client,
  type Connection,
  WorkflowNotFoundError,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/client'
import type { BuildInput } from '#contract/build.ts'
import { controlQueue } from '#contract/queues.ts'
import { searchAttributes, signals, workflowTypes } from '#contract/workflow.ts'

/** Everything that the server asks of Temporal. Each call may be repeated. */
export interface Workflows {
  startBuild(input: BuildInput): Promise<void>
  cancelBuild(buildId: string): Promise<void>
  /** Whether the build's workflow can still end the build. */
  isOpen(buildId: string): Promise<boolean>
  reportNodeLost(buildId: string, attempt: number): Promise<void>
}

export function createWorkflows(connection: Connection, namespace: string): Workflows {
  const { workflow } = new Client({ connection, namespace })
  return {
    startBuild: async ({ buildId, image, project }) => {
      await workflow
        .start(workflowTypes.buildImage, {
          workflowId: buildId,
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          taskQueue: controlQueue,
          args: [{ buildId, image, project } satisfies BuildInput],
          staticSummary: `build ${image}`,
          typedSearchAttributes: [
            { key: searchAttributes.stage, value: 'queued' },
            { key: searchAttributes.image, value: image },
            { key: searchAttributes.project, value: project },
          ],
        })
        .catch(ignore(WorkflowExecutionAlreadyStartedError))
    },
    cancelBuild: async (buildId) => {
      await workflow.getHandle(buildId).cancel().catch(ignore(WorkflowNotFoundError))
    },
    isOpen: async (buildId) => {
      try {
        const { status } = await workflow.getHandle(buildId).describe()
        return status.name === 'RUNNING'
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false
        throw error
      }
    },
    reportNodeLost: async (buildId, attempt) => {
      const handle = workflow.getHandle(buildId)
      await handle.signal(signals.nodeLost, attempt).catch(ignore(WorkflowNotFoundError))
    },
  }
}

/** The workflow has ended or was started before: what was asked for is so already. */
function ignore(expected: new (...args: never[]) => Error) {
  return (error: unknown): void => {
    if (!(error instanceof expected)) throw error
  }
}
