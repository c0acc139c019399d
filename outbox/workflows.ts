import {
  Client,
  type ConnectionLike,
  type WorkflowClient,
  WorkflowNotFoundError,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/client'
import { tsToMs } from '@temporalio/common/lib/time.js'
import type { BuildInput } from '#contract/build.ts'
import type { EnvironmentInput } from '#contract/environment.ts'
import type { BuildFailure } from '#contract/failure.ts'
import { controlQueue } from '#contract/queues.ts'
import { type Loss, searchAttributes, signals, workflowTypes } from '#contract/workflow.ts'

/** TaskQueueType of Temporal's API. */
const workflowTasks = 1
const lookLimitMs = 2_000
/** How long a poll lasts at most, and a little more. */
const pollMs = 75_000

/** Everything that server and worker ask of Temporal. Each call may be repeated. */
export interface Workflows {
  startBuild(input: BuildInput): Promise<void>
  cancelBuild(buildId: string): Promise<void>
  startEnvironment(input: EnvironmentInput): Promise<void>
  /** Lets its workflow look at an environment. */
  wakeEnvironment(environmentId: string): Promise<void>
  /** Whether the workflow of a build or an environment can still end it. */
  isOpen(id: string): Promise<boolean>
  reportNodeLost(buildId: string, attempt: number, loss: Loss): Promise<void>
  /** @returns how many workers have asked for work lately. @throws when Temporal does not answer soon. */
  countWorkers(): Promise<number>
  /** The build that did the work of this one has failed. */
  reportJoinedFailed(buildId: string, failure: BuildFailure): Promise<void>
}

/**
 * @param eager whether the worker that shares the connection takes the first task of a build by the answer to its start: Temporal
 * then hands it to nobody, and no time passes by that.
 */
export function createWorkflows(
  connection: ConnectionLike,
  namespace: string,
  eager = false,
): Workflows {
  const { workflow } = new Client({ connection, namespace })
  return {
    startBuild: async ({ buildId, image, project }) => {
      await workflow
        .start(workflowTypes.buildImage, {
          workflowId: buildId,
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          taskQueue: controlQueue,
          requestEagerStart: eager,
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
    startEnvironment: async (input) => startEnvironment(workflow, input),
    wakeEnvironment: async (environmentId) => {
      const handle = workflow.getHandle(environmentId)
      await handle.signal(signals.changed).catch(ignore(WorkflowNotFoundError))
    },
    isOpen: async (id) => {
      try {
        const { status } = await workflow.getHandle(id).describe()
        return status.name === 'RUNNING'
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false
        throw error
      }
    },
    reportNodeLost: async (buildId, attempt, loss) => {
      const handle = workflow.getHandle(buildId)
      await handle.signal(signals.nodeLost, attempt, loss).catch(ignore(WorkflowNotFoundError))
    },
    countWorkers: async () => countWorkers(connection, namespace),
    reportJoinedFailed: async (buildId, failure) => {
      const handle = workflow.getHandle(buildId)
      await handle.signal(signals.joinedFailed, failure).catch(ignore(WorkflowNotFoundError))
    },
  }
}

async function countWorkers(connection: ConnectionLike, namespace: string): Promise<number> {
  const asked = { namespace, taskQueue: { name: controlQueue }, taskQueueType: workflowTasks }
  const { pollers } = await connection.withDeadline(Date.now() + lookLimitMs, async () =>
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enum lies in a package that the server has not
    connection.workflowService.describeTaskQueue(asked),
  )
  // A poll of each is open all the time; those of workers that have ended are listed for five minutes.
  const recent = pollers.filter(
    ({ lastAccessTime }) => Date.now() - tsToMs(lastAccessTime) < pollMs,
  )
  return new Set(recent.map(({ identity }) => identity)).size
}

async function startEnvironment(
  workflow: WorkflowClient,
  { environmentId, start, image, project }: EnvironmentInput,
): Promise<void> {
  try {
    await workflow.start(workflowTypes.runEnvironment, {
      workflowId: environmentId,
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      taskQueue: controlQueue,
      args: [{ environmentId, start, image, project } satisfies EnvironmentInput],
      memo: { start },
      staticSummary: `environment of ${image}`,
      typedSearchAttributes: [
        { key: searchAttributes.stage, value: 'waiting' },
        { key: searchAttributes.image, value: image },
        { key: searchAttributes.project, value: project },
      ],
    })
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    // The one of the start before may just be about to end; then it is tried again.
    const { memo } = await workflow.getHandle(environmentId).describe()
    if (memo?.['start'] !== start) throw error
  }
}

/** The workflow has ended or was started before: what was asked for is so already. */
function ignore(expected: new (...args: never[]) => Error) {
  return (error: unknown): void => {
    if (!(error instanceof expected)) throw error
  }
}
