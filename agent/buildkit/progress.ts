import { ControlDefinition, type StatusResponse, type Vertex } from './gen/control.ts'
import type { CallOptions, Channel } from './rpc/channel.ts'
import { methodOf } from './rpc/method.ts'

/** A step of a build. It may be told several times; each telling is whole. */
export interface StepEvent {
  readonly kind: 'step'
  readonly digest: string
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

export interface WarningEvent {
  readonly kind: 'warning'
  readonly digest: string
  readonly text: string
  readonly line: number | undefined
}

export type ProgressEvent = StepEvent | OutputEvent | WarningEvent

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

function readResponse({ vertexes, logs, warnings }: StatusResponse): readonly ProgressEvent[] {
  return [
    ...vertexes.map(readVertex),
    ...logs.map(({ vertex, timestamp, stream, msg }): OutputEvent => ({
      kind: 'output',
      digest: vertex,
      at: timestamp ?? new Date(0),
      stream: stream === stderr ? 'stderr' : 'stdout',
      bytes: msg,
    })),
    ...warnings.map(({ vertex, short, ranges }): WarningEvent => ({
      kind: 'warning',
      digest: vertex,
      text: new TextDecoder().decode(short),
      line: ranges[0]?.start?.line,
    })),
  ]
}

function readVertex({ digest, name, cached, started, completed, error }: Vertex): StepEvent {
  return { kind: 'step', digest, name, cached, started, completed, error }
}
