import type { BinaryWriter } from '@bufbuild/protobuf/wire'
import { type Channel, openChannel } from '../../agent/buildkit/rpc/channel.ts'
import type { Method } from '../../agent/buildkit/rpc/method.ts'
import {
  decodeHeartbeat,
  decodeTask,
  encodeCompleted,
  encodeFailed,
  encodeHeartbeat,
  encodePoll,
  type FailedTask,
  type PollRequest,
  type Task,
  type TaskRef,
} from './messages.ts'

/** What a node asks of Temporal by way of the server, on one connection of its own. */
export interface GatewayClient extends Disposable {
  /** Waits for something to do, as long as a poll does. */
  poll(request: PollRequest, signal: AbortSignal): Promise<Task | undefined>
  /** @returns whether the task is to end. */
  heartbeat(task: TaskRef, signal: AbortSignal): Promise<boolean>
  complete(task: TaskRef, signal: AbortSignal): Promise<void>
  fail(task: FailedTask, signal: AbortSignal): Promise<void>
}

const service = '/temporal.api.workflowservice.v1.WorkflowService/'
/** Within which a call is to be answered, as the SDK's workers have it. Temporal answers no poll that says nothing of that. */
const limits = { poll: '70S', other: '10S' }
/** A node at rest is sent next to nothing. */
const windowBytes = 256 * 1024

function methodOf<A, B>(
  name: string,
  encode: (request: A) => BinaryWriter,
  decode: (bytes: Uint8Array) => B,
): Method<A, B> {
  const unused = () => {
    throw new TypeError(`${name} is only called from here`)
  }
  return {
    path: `${service}${name}`,
    request: { encode, decode: unused },
    response: { encode: unused, decode },
  }
}

const poll = methodOf('PollActivityTaskQueue', encodePoll, decodeTask)
const heartbeat = methodOf('RecordActivityTaskHeartbeat', encodeHeartbeat, decodeHeartbeat)
const completed = methodOf('RespondActivityTaskCompleted', encodeCompleted, () => undefined)
const failed = methodOf('RespondActivityTaskFailed', encodeFailed, () => undefined)

export interface GatewayAddress {
  /** `tcp://host:port`, or `tls://host:port`. */
  readonly address: string
  /** That its certificate is from, in PEM. */
  readonly authority: string | undefined
}

/**
 * Speaks the calls of an activity worker without the worker: of those a process holds a few, and of these a thousand.
 * @param identify what a call says of the node, as it is by now.
 */
export function openGatewayClient(
  { address, authority }: GatewayAddress,
  identify: () => Readonly<Record<string, string>>,
): GatewayClient {
  let channel: Channel | undefined
  const call = async <A extends { readonly namespace: string }, B>(
    method: Method<A, B>,
    request: A,
    signal: AbortSignal,
  ): Promise<B> => {
    channel ??= openChannel(address, windowBytes, authority)
    const used = channel
    try {
      const metadata = {
        ...identify(),
        'temporal-namespace': request.namespace,
        'grpc-timeout': method.path === poll.path ? limits.poll : limits.other,
        'client-name': 'temporal-typescript',
        'client-version': '1.24.0',
      }
      return await used.unary(method, request, { signal, metadata })
    } catch (error) {
      // The next call makes a new connection: of this one nobody knows what is wrong with it.
      if (channel === used && !signal.aborted) {
        used[Symbol.dispose]()
        channel = undefined
      }
      throw error
    }
  }
  return {
    poll: async (request, signal) => call(poll, request, signal),
    heartbeat: async (task, signal) => call(heartbeat, task, signal),
    complete: async (task, signal) => call(completed, task, signal),
    fail: async (task, signal) => call(failed, task, signal),
    [Symbol.dispose]: () => channel?.[Symbol.dispose](),
  }
}
