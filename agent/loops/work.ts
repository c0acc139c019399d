import { NativeConnection, Worker, type WorkerInterceptors } from '@temporalio/worker'
import type { NodeActivities } from '#contract/activities.ts'
import type { EnvironmentNodeActivities } from '#contract/environment-activities.ts'
import { nodeQueue } from '#contract/queues.ts'
import { identityOf } from '../control-plane.ts'
import type { Credential } from '../joining/credential.ts'

export interface WorkOptions {
  /** Where the server lets this node reach Temporal. */
  readonly gateway: {
    readonly address: string
    readonly isSecure: boolean
    /** That its certificate is from, in PEM; those of the system when absent. */
    readonly authority: string | undefined
  }
  readonly namespace: string
  readonly credential: Credential
  readonly incarnation: string
  readonly nodeId: string
  readonly slots: number
  readonly activities: NodeActivities & EnvironmentNodeActivities
  readonly interceptors: WorkerInterceptors
}

/** An ordinary Temporal worker for this node's activities, until the signal aborts. */
export async function work(options: WorkOptions, signal: AbortSignal): Promise<void> {
  const { gateway, namespace, nodeId, slots, activities, credential } = options
  const { incarnation, interceptors } = options
  const metadata = () => ({ ...identityOf(credential.current(), incarnation) })
  const { address, isSecure, authority } = gateway
  const trust = authority === undefined ? {} : { serverRootCACertificate: Buffer.from(authority) }
  const tls = isSecure && trust
  const connection = await NativeConnection.connect({ address, tls, metadata: metadata() })
  using _ = credential.onChange(() => void connection.setMetadata(metadata()))
  try {
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: nodeQueue(nodeId),
      identity: nodeId,
      activities,
      interceptors,
      // Placement bounds the stages; the rest is room for clean-ups, which must never wait behind a build, and for environments.
      maxConcurrentActivityTaskExecutions: slots * 2 + 16,
      // Each waits at the gateway all the time, and the next is there as soon as a task has come.
      maxConcurrentActivityTaskPolls: 1,
      maxHeartbeatThrottleInterval: '2 seconds',
      shutdownGraceTime: '2 seconds',
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
    await worker.runUntil(promise)
  } finally {
    await connection.close()
  }
}
