import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { BuildFailure } from '#contract/failure.ts'
import { asApplicationFailure } from '#contract/failure.ts'

/** The few messages of Temporal's that a node needs, by the field numbers of `temporal/api`. */

/** What a node is asked to do. */
export interface Task {
  readonly token: Uint8Array
  /** Name of the activity. */
  readonly activity: string
  /** Its first argument. */
  readonly argument: unknown
}

export interface PollRequest {
  readonly namespace: string
  readonly queue: string
  readonly identity: string
}

/** Answers about a task name it by its token. */
export interface TaskRef {
  readonly namespace: string
  readonly identity: string
  readonly token: Uint8Array
}

const json = new TextEncoder().encode('json/plain')

export function encodePoll({ namespace, queue, identity }: PollRequest): BinaryWriter {
  const writer = new BinaryWriter()
  text(writer, 1, namespace)
  message(writer, 2, text(new BinaryWriter(), 1, queue))
  return text(writer, 3, identity)
}

/** `undefined`: there was nothing to do for as long as a poll waits. */
export function decodeTask(bytes: Uint8Array): Task | undefined {
  const fields = readFields(bytes)
  const token = fields.get(1) ?? new Uint8Array()
  if (token.length === 0) return undefined
  const name = readFields(fields.get(5) ?? new Uint8Array()).get(1)
  const [first] = readAll(fields.get(8) ?? new Uint8Array(), 1)
  const data = readFields(first ?? new Uint8Array()).get(2)
  return {
    token,
    activity: decodeText(name),
    argument: data === undefined ? undefined : JSON.parse(decodeText(data)),
  }
}

/** Of `RecordActivityTaskHeartbeat`. */
export function encodeHeartbeat({ token, identity, namespace }: TaskRef): BinaryWriter {
  const writer = text(bytesOf(new BinaryWriter(), 1, token), 3, identity)
  return text(writer, 4, namespace)
}

/** Whether the farm wants a task to end. */
export function decodeHeartbeat(bytes: Uint8Array): boolean {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    if (field === 1 && type === WireType.Varint) return reader.bool()
    reader.skip(type)
  }
  return false
}

/** Of `RespondActivityTaskCompleted`, without a result. */
export function encodeCompleted({ token, identity, namespace }: TaskRef): BinaryWriter {
  const writer = text(bytesOf(new BinaryWriter(), 1, token), 3, identity)
  return text(writer, 4, namespace)
}

export interface FailedTask extends TaskRef {
  readonly failure: BuildFailure
}

/** Of `RespondActivityTaskFailed`, as the SDK tells an `ApplicationFailure`. */
export function encodeFailed({ token, identity, namespace, failure }: FailedTask): BinaryWriter {
  const { type, message: said, nonRetryable, details } = asApplicationFailure(failure)
  const info = text(new BinaryWriter(), 1, type).tag(2, WireType.Varint).bool(nonRetryable)
  const payloads = new BinaryWriter()
  for (const detail of details) message(payloads, 1, encodePayload(detail))
  message(info, 3, payloads)
  const failed = text(new BinaryWriter(), 1, said)
  message(failed, 5, info)
  const writer = bytesOf(new BinaryWriter(), 1, token)
  message(writer, 2, failed)
  return text(text(writer, 3, identity), 4, namespace)
}

/** A value as JSON, with the name of its encoding. */
function encodePayload(value: unknown): BinaryWriter {
  const encoding = bytesOf(text(new BinaryWriter(), 1, 'encoding'), 2, json)
  const writer = new BinaryWriter()
  message(writer, 1, encoding)
  return text(writer, 2, JSON.stringify(value))
}

function text(writer: BinaryWriter, field: number, value: string): BinaryWriter {
  return writer.tag(field, WireType.LengthDelimited).string(value)
}

function bytesOf(writer: BinaryWriter, field: number, value: Uint8Array): BinaryWriter {
  return writer.tag(field, WireType.LengthDelimited).bytes(value)
}

function message(writer: BinaryWriter, field: number, value: BinaryWriter): void {
  bytesOf(writer, field, value.finish())
}

/** The last value of each field that holds bytes, a text or a message. */
function readFields(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const found = new Map<number, Uint8Array>()
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    if (type === WireType.LengthDelimited) found.set(field, reader.bytes())
    else reader.skip(type, field)
  }
  return found
}

/** Every value of one field. */
function readAll(bytes: Uint8Array, wanted: number): readonly Uint8Array[] {
  const found: Uint8Array[] = []
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    if (field === wanted && type === WireType.LengthDelimited) found.push(reader.bytes())
    else reader.skip(type, field)
  }
  return found
}

function decodeText(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes)
}
