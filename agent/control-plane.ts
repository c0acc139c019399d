import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import type { AttemptRef, BuildPlan } from '#contract/build.ts'
import type { GpuAnswer, GpuRequest } from '#contract/gpu-lease.ts'
import type { Heartbeat, RegisterNode } from '#contract/node.ts'
import type { PushAnswer, PushRequest } from '#contract/push.ts'
import type { NodeStage } from '#contract/stage.ts'
import type { RegistryLogin } from '#contract/registry-login.ts'
import type { SaveSize } from '#contract/save.ts'
import type { StepReport } from '#contract/step.ts'
import type { ComputedAnswer, EvidenceUpload, FactsUpload } from '#contract/verification.ts'
import { gpuAnswer } from '#contract/wire/gpu-lease.ts'
import { logBlockType } from '#contract/wire/log.ts'
import { type IssuedCredential, issuedCredential, type JoinRequest } from '#contract/wire/join.ts'
import {
  agentProtocol,
  incarnationHeader,
  logAcknowledged,
  protocolHeader,
  registered,
} from '#contract/wire/node.ts'
import { pushAnswer } from '#contract/wire/push.ts'
import { buildPlan } from '#contract/wire/plan.ts'
import { registryLogin } from '#contract/wire/registry-login.ts'
import { computedAnswer } from '#contract/wire/verification.ts'
import { readFromServer, type ServerBytes } from './read-from-server.ts'
import {
  createEnvironmentControl,
  type EnvironmentControl,
} from './environments/environment-control.ts'
import {
  createServerConnection,
  type ServerConnection,
  type ServerRequest,
} from './server-connection.ts'

const timeoutMs = 10_000

const problem = z.object({ code: z.string(), detail: z.string().optional() })
type Told = z.infer<typeof problem>

/** A call that the control plane refused, or did not answer (`status` is then absent). */
export class ControlPlaneError extends Error {
  override readonly name = 'ControlPlaneError'
  readonly status: number | undefined
  /** Code of the problem document, where there was one. */
  readonly code: string | undefined
  /** What it says of this case, fit for the one who submitted the build. */
  readonly detail: string | undefined

  constructor(call: string, status?: number, told?: Told, options?: ErrorOptions) {
    const { code, detail } = told ?? {}
    super(`${call}: ${status === undefined ? 'no answer' : `${status} ${code ?? ''}`}`, options)
    this.status = status
    this.code = code
    this.detail = detail
  }
}

export interface ContextPart {
  readonly digest: string
  /** The first byte that is wanted. */
  readonly from: number
  readonly signal: AbortSignal
}

/** Everything that an agent asks of the server. */
export interface ControlPlane extends EnvironmentControl {
  /** Lets the node in for a token. */
  join(request: JoinRequest): Promise<IssuedCredential>
  /** Replaces what the node proves itself with. */
  renewCredential(nodeId: string): Promise<IssuedCredential>
  register(node: RegisterNode): Promise<z.infer<typeof registered>>
  /** @param limitMs within which it must be answered. */
  heartbeat(nodeId: string, limitMs: number, news?: Heartbeat): Promise<void>
  /** Says that this start of the agent lives on although a later one has taken its place. */
  contest(nodeId: string): Promise<void>
  /** @param stopped whether the agent was told to stop, so that what it has not ended is handed back. */
  leave(nodeId: string, stopped: boolean): Promise<void>
  /** Begins a stage of an attempt. @returns what it needs. */
  beginStage(attempt: AttemptRef, stage: NodeStage): Promise<BuildPlan>
  /** The normal tar of a context that the attempt needs, as it comes. @throws ControlPlaneError also where it breaks off. */
  readContext(attempt: AttemptRef, wanted: ContextPart): Promise<AsyncIterable<Uint8Array>>
  /** Adds a block whose first line has the number `start`. @returns the number that the server expects next. */
  appendLog(attempt: AttemptRef, start: number, block: Uint8Array): Promise<number>
  reportSteps(attempt: AttemptRef, report: StepReport): Promise<void>
  /** Tells what the layers of an image say that the attempt has built. */
  sendFacts(attempt: AttemptRef, facts: FactsUpload): Promise<void>
  /** Asks for a GPU of this node, or to keep the one that the attempt has. */
  askGpu(attempt: AttemptRef, request: GpuRequest): Promise<GpuAnswer>
  /** `leftover`: something still runs on it, so nobody is to get it before `reportClean`. */
  returnGpu(attempt: AttemptRef, leftover: boolean): Promise<void>
  reportClean(nodeId: string, uuid: string): Promise<void>
  /** Logs in to the farm's registry, for one attempt and for these scopes; for none, without a token. */
  logInToRegistry(attempt: AttemptRef, scopes: readonly string[]): Promise<RegistryLogin>
  /** Asks whether the attempt may push now. */
  askToPush(attempt: AttemptRef, request: PushRequest): Promise<PushAnswer>
  /** Says how much a save will be. @throws ControlPlaneError when its project may not have so much. */
  tellSaveSize(attempt: AttemptRef, size: SaveSize): Promise<void>
  /** What the files of an image say of the farm. */
  readComputed(attempt: AttemptRef, digest: string): Promise<ComputedAnswer>
  sendEvidence(attempt: AttemptRef, evidence: EvidenceUpload): Promise<void>
}

export interface Asking {
  /** The start of the agent that asks; absent for what is no agent. */
  readonly incarnation?: string
  /** That the server's certificate is from, in PEM, as it is by now; those of the system when absent. */
  readonly authority?: () => string | undefined
}

/** @param credential of the node, as it is by now. */
export function createControlPlane(
  base: URL,
  credential: () => string,
  { incarnation, authority = () => undefined }: Asking = {},
): ControlPlane {
  const identify = () => identityOf(credential(), incarnation)
  const ask = createAsk(createServerConnection(base, authority), identify)
  const call = createCall(ask)
  return {
    join: async (request) => issuedCredential.parse(await call('POST', '/agent/join', request)),
    renewCredential: async (nodeId) =>
      issuedCredential.parse(await call('POST', `/agent/nodes/${nodeId}/credential`)),
    register: async (node) => registered.parse(await call('POST', '/agent/nodes', node)),
    heartbeat: async (nodeId, limitMs, news) =>
      void (await call('POST', `/agent/nodes/${nodeId}/heartbeat`, news, { limitMs })),
    contest: async (nodeId) => void (await call('POST', `/agent/nodes/${nodeId}/contest`)),
    leave: async (nodeId, stopped) =>
      void (await call('POST', `/agent/nodes/${nodeId}/leave`, { stopped })),
    beginStage: async (attempt, stage) =>
      buildPlan.parse(await call('POST', `${attemptPath(attempt)}/stages/${stage}`)),
    readContext: async (attempt, { digest, from, signal }) => {
      const name = 'GET context'
      const path = `${attemptPath(attempt)}/contexts/${digest}`
      const headers = { ...identify(), range: `bytes=${from}-` }
      const wanted = { path, headers, signal, authority: authority() }
      return readPart(name, async () => readFromServer(base, wanted))
    },
    appendLog: async (attempt, start, block) => {
      const path = `${attemptPath(attempt)}/logs?start=${start}`
      const answer = await call('POST', path, block, { type: logBlockType })
      return logAcknowledged.parse(answer).next
    },
    reportSteps: async (attempt, report) =>
      void (await call('POST', `${attemptPath(attempt)}/steps`, report)),
    sendFacts: async (attempt, facts) =>
      void (await call('PUT', `${attemptPath(attempt)}/facts`, facts)),
    askGpu: async (attempt, request) =>
      gpuAnswer.parse(await call('POST', `${attemptPath(attempt)}/gpu`, request)),
    returnGpu: async (attempt, leftover) =>
      void (await call('DELETE', `${attemptPath(attempt)}/gpu`, { leftover })),
    reportClean: async (nodeId, uuid) =>
      void (await call('POST', `/agent/nodes/${nodeId}/gpus/${uuid}/clean`)),
    logInToRegistry: async (attempt, scopes) =>
      registryLogin.parse(await call('POST', `${attemptPath(attempt)}/registry-login`, { scopes })),
    askToPush: async (attempt, request) =>
      pushAnswer.parse(await call('POST', `${attemptPath(attempt)}/push`, request)),
    tellSaveSize: async (attempt, size) =>
      void (await call('POST', `${attemptPath(attempt)}/save-size`, size)),
    readComputed: async (attempt, digest) =>
      computedAnswer.parse(
        await call('GET', `${attemptPath(attempt)}/computed?digest=${encodeURIComponent(digest)}`),
      ),
    sendEvidence: async (attempt, evidence) =>
      void (await call('PUT', `${attemptPath(attempt)}/evidence`, evidence)),
    ...createEnvironmentControl(call),
  }
}

type Ask = (name: string, wanted: ServerRequest) => Promise<IncomingMessage>

/** What a call says of who makes it. */
export function identityOf(
  credential: string,
  incarnation: string | undefined,
): Readonly<Record<string, string>> {
  return {
    authorization: `Bearer ${credential}`,
    [protocolHeader]: String(agentProtocol),
    ...(incarnation !== undefined && { [incarnationHeader]: incarnation }),
  }
}

function createAsk(
  server: ServerConnection,
  identify: () => Readonly<Record<string, string>>,
): Ask {
  return async (name, wanted) => {
    const headers = { ...identify(), ...wanted.headers }
    return server.request({ ...wanted, headers }).catch((error: unknown) => {
      throw new ControlPlaneError(name, undefined, undefined, { cause: error })
    })
  }
}

/** @returns the answer, read as JSON. @throws ControlPlaneError */
export type Call = (
  method: ServerRequest['method'],
  path: string,
  body?: object,
  how?: { readonly type?: string; readonly limitMs?: number },
) => Promise<unknown>

function createCall(ask: Ask): Call {
  return async (method, path, body, { type = 'application/json', limitMs = timeoutMs } = {}) => {
    const name = `${method} ${path}`
    const reply = await ask(name, {
      method,
      path,
      headers: { 'content-type': type },
      body: body === undefined || body instanceof Uint8Array ? body : encodeJson(body),
      signal: AbortSignal.timeout(limitMs),
    })
    const answer = await readAnswer(name, reply)
    if (isGood(reply)) return answer
    throw new ControlPlaneError(name, reply.statusCode, problem.safeParse(answer).data)
  }
}

function attemptPath({ buildId, attempt }: AttemptRef): string {
  return `/agent/builds/${buildId}/attempts/${attempt}`
}

function encodeJson(body: object): Uint8Array {
  return Buffer.from(JSON.stringify(body))
}

function isGood({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300
}

/** What is no JSON says nothing. @throws ControlPlaneError when the answer breaks off. */
async function readAnswer(name: string, reply: IncomingMessage): Promise<unknown> {
  const parts: Uint8Array[] = []
  for await (const part of readBody(name, reply)) parts.push(part)
  try {
    return JSON.parse(Buffer.concat(parts).toString())
  } catch {
    return undefined
  }
}

/** @throws ControlPlaneError, and from what is returned when it breaks off. */
async function readPart(
  name: string,
  read: () => Promise<ServerBytes>,
): Promise<AsyncIterable<Uint8Array>> {
  const { status, body } = await read().catch((error: unknown) => {
    throw new ControlPlaneError(name, undefined, undefined, { cause: error })
  })
  if (body === undefined) throw new ControlPlaneError(name, status)
  return readBody(name, body)
}

/** @throws ControlPlaneError when it breaks off. */
async function* readBody(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunks) yield chunk
  } catch (error) {
    throw new ControlPlaneError(name, undefined, undefined, { cause: error })
  }
}
