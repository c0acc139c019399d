import {
  ControlDefinition,
  type StatusResponse,
  type Vertex,
  type VertexStatus,
  type VertexWarning,
} from './gen/control.ts'
import { type LineRange, readRange } from './line-range.ts'
import type { CallOptions, Channel } from './rpc/channel.ts'
import { methodOf } from './rpc/method.ts'

/** A step of a build. It may be told several times; each telling is whole. */
export interface StepEvent {
  readonly kind: 'step'
  readonly digest: string
  /** Digests of the steps that this one builds on. */
  readonly inputs: readonly string[]
  readonly name: string
  readonly cached: boolean
  readonly started: Date | undefined
  readonly completed: Date | undefined
  /** Empty while all is well. */
  readonly error: string
}

export interface OutputEvent {
  readonly kind: 'output'
  readonly digest: string
  readonly at: Date
  readonly stream: 'stdout' | 'stderr'
  /** Cut anywhere, also within a character. */
  readonly bytes: Uint8Array
}

/** How far one piece of work within a step is: a layer that is pulled or pushed, the context on its way here. */
export interface TransferEvent {
  readonly kind: 'transfer'
  /** The step that it belongs to. */
  readonly digest: string
  /** What is moved, such as `sha256:…`, `transferring context:` or `pushing layers`. Unique within its step. */
  readonly name: string
  /** Bytes so far. Pieces that are not measured in bytes stay at 0. */
  readonly current: number
  /** Bytes in the end; 0 while it is not known. */
  readonly total: number
  readonly at: Date
  readonly started: Date | undefined
  readonly completed: Date | undefined
}

export interface WarningEvent {
  readonly kind: 'warning'
  readonly digest: string
  readonly text: string
  /** More on it, a line each. */
  readonly detail: readonly string[]
  /** A page about this kind of warning; empty when there is none. */
  readonly url: string
  readonly line: number | undefined
  readonly ranges: readonly LineRange[]
}

export type ProgressEvent = StepEvent | OutputEvent | TransferEvent | WarningEvent

const stderr = 2n

/** Everything that happens in the build `ref`, from its beginning, until it ends. Other clients may follow it too. */
export async function* followProgress(
  channel: Channel,
  ref: string,
  options: CallOptions,
): AsyncGenerator<ProgressEvent> {
  const status = methodOf(ControlDefinition, ControlDefinition.methods.status)
  for await (const response of channel.serverStream(status, { ref }, options))
    yield* readResponse(response)
}

function readResponse(response: StatusResponse): readonly ProgressEvent[] {
  const { vertexes, statuses, logs, warnings } = response
  return [
    ...vertexes.map(readVertex),
    ...statuses.map(readTransfer),
    ...logs.map(({ vertex, timestamp, stream, msg }): OutputEvent => ({
      kind: 'output',
      digest: vertex,
      at: timestamp ?? new Date(0),
      stream: stream === stderr ? 'stderr' : 'stdout',
      bytes: msg,
    })),
    ...warnings.map(readWarning),
  ]
}

function readVertex(vertex: Vertex): StepEvent {
  const { digest, inputs, name, cached, started, completed, error } = vertex
  return { kind: 'step', digest, inputs, name, cached, started, completed, error }
}

function readTransfer(status: VertexStatus): TransferEvent {
  const { id, vertex, current, total, timestamp, started, completed } = status
  return {
    kind: 'transfer',
    digest: vertex,
    name: id,
    current: Number(current),
    total: Number(total),
    at: timestamp ?? new Date(0),
    started,
    completed,
  }
}

function readWarning({ vertex, short, detail, url, ranges }: VertexWarning): WarningEvent {
  const lines = ranges.map(readRange)
  return {
    kind: 'warning',
    digest: vertex,
    text: decodeText(short),
    detail: detail.map(decodeText),
    url,
    line: lines[0]?.start,
    ranges: lines,
  }
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
