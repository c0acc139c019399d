import { z } from 'zod'
import { nodeQueue } from '#contract/queues.ts'
import { readField, readFields, readText, replaceField } from './fields.ts'
import { CallRefused } from './status.ts'
import { openToken, sealToken, type TaskSubject } from './task-token.ts'

export interface Rules {
  readonly namespace: string
  /** That task tokens are sealed with. */
  readonly key: Uint8Array
  /** Whether no newer attempt of the build, or start of the environment, exists. */
  readonly isCurrent: (task: TaskSubject) => Promise<boolean>
}

/** What a node may call, and what becomes of it on its way. */
export interface Method {
  /** @returns what Temporal is to be asked. @throws CallRefused when the node may not ask it, with the reason. */
  request(rules: Rules, node: string, message: Uint8Array): Promise<Uint8Array>
  /** @returns what the node is told; the answer as it is when absent. */
  answer?(rules: Rules, node: string, message: Uint8Array): Uint8Array
}

/** Numbers of fields in `temporal/api/workflowservice/v1/request_response.proto`. */
const tokenField = 1
const poll = { namespace: 1, taskQueue: 2, activityType: 5, input: 8 }
const shutdown = { namespace: 1, stickyQueue: 2, taskQueue: 7 }
const describe = { namespace: 1, id: 2 }
const respondNamespace = 4
/** Of `TaskQueue`, `ActivityType`, `Payloads` and `Payload`. */
const nameField = 1
const payloadsField = 1
const dataField = 2

const service = '/temporal.api.workflowservice.v1.WorkflowService/'

/** All that an activity worker needs, and nothing else. */
export const methods: ReadonlyMap<string, Method> = new Map<string, Method>(
  Object.entries({
    GetSystemInfo: { request: async (_rules, _node, message) => message },
    DescribeNamespace: {
      request: async (rules, _node, message) => {
        requireNamespace(rules, message, describe.namespace)
        if (readText(message, describe.id) !== '') throw refused('a namespace by its id')
        return message
      },
    },
    PollActivityTaskQueue: { request: pollOwnQueue, answer: sealTask },
    RecordActivityTaskHeartbeat: { request: openOwnTask },
    RespondActivityTaskCompleted: { request: completeOwnTask },
    RespondActivityTaskFailed: { request: openOwnTask },
    RespondActivityTaskCanceled: { request: openOwnTask },
    ShutdownWorker: {
      request: async (rules, node, message) => {
        requireNamespace(rules, message, shutdown.namespace)
        const queue = readText(message, shutdown.taskQueue)
        if (queue !== '' && queue !== nodeQueue(node)) throw refused('the queue of another')
        if (readText(message, shutdown.stickyQueue) !== '') throw refused('a queue of workflows')
        return message
      },
    },
  } satisfies Record<string, Method>).map(([name, method]) => [`${service}${name}`, method]),
)

async function pollOwnQueue(rules: Rules, node: string, message: Uint8Array): Promise<Uint8Array> {
  requireNamespace(rules, message, poll.namespace)
  const queue = readText(readField(message, poll.taskQueue), nameField)
  if (queue !== nodeQueue(node)) throw refused('the queue of another')
  return message
}

const attemptRef = z
  .object({ buildId: z.string(), attempt: z.number().int() })
  .transform(({ buildId: build, attempt }) => ({ build, attempt }))
const startRef = z
  .object({ environmentId: z.string(), start: z.number().int() })
  .transform(({ environmentId: environment, start }) => ({ environment, start }))
const subject = z.union([attemptRef, startRef])

/** Every activity of a node has its attempt, or start, as first argument. A poll that found nothing has no token. */
function sealTask({ key }: Rules, node: string, message: Uint8Array): Uint8Array {
  const token = readField(message, tokenField)
  if (token.length === 0) return message
  const activity = readText(readField(message, poll.activityType), nameField)
  const [first = new Uint8Array()] = readFields(readField(message, poll.input), payloadsField)
  const about = subject.parse(JSON.parse(new TextDecoder().decode(readField(first, dataField))))
  const sealed = sealToken(key, { node, activity, ...about }, token)
  return replaceField(message, tokenField, sealed)
}

async function openOwnTask(rules: Rules, node: string, message: Uint8Array): Promise<Uint8Array> {
  return openTask(rules, node, message).message
}

const cleaning = ['cleanUp', 'stopEnvironment']

/** What an attempt that is no longer the current one has done counts for nothing; that it cleaned up still does. */
async function completeOwnTask(
  rules: Rules,
  node: string,
  message: Uint8Array,
): Promise<Uint8Array> {
  const { about, message: opened } = openTask(rules, node, message)
  if (!cleaning.includes(about.activity) && !(await rules.isCurrent(about))) {
    throw new CallRefused('notFound', 'a newer attempt or start decides')
  }
  return opened
}

function openTask(rules: Rules, node: string, message: Uint8Array) {
  requireNamespace(rules, message, respondNamespace)
  const opened = openToken(rules.key, readField(message, tokenField))
  if (opened === undefined) throw refused('a token that is not of this farm')
  if (opened.about.node !== node) throw refused('the task of another node')
  return { about: opened.about, message: replaceField(message, tokenField, opened.token) }
}

function requireNamespace({ namespace }: Rules, message: Uint8Array, field: number): void {
  if (readText(message, field) !== namespace) throw refused('another namespace')
}

function refused(what: string) {
  return new CallRefused('permissionDenied', `not for this node: ${what}`)
}
