import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/**
 * Every value of a field that holds bytes, a text or a message, in order. Messages are read by field numbers, and not into
 * types: what a newer agent or a newer Temporal has added passes through untouched.
 * @throws RangeError when the message breaks off.
 */
export function readFields(message: Uint8Array, field: number): readonly Uint8Array[] {
  const found: Uint8Array[] = []
  const reader = new BinaryReader(message)
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag()
    if (number === field && type === WireType.LengthDelimited) found.push(reader.bytes())
    else reader.skip(type, number)
  }
  return found
}

/**
 * The one value of a field; empty when it is absent, as the format has it.
 * @throws RangeError when there are several: who reads the last and who reads the first would see different messages.
 */
export function readField(message: Uint8Array, field: number): Uint8Array {
  const [value = new Uint8Array(), ...more] = readFields(message, field)
  if (more.length > 0) throw new RangeError(`field ${field} is there twice`)
  return value
}

export function readText(message: Uint8Array, field: number): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(readField(message, field))
}

/** The message with another value in a field; every other field is as it was. */
export function replaceField(message: Uint8Array, field: number, value: Uint8Array): Uint8Array {
  const writer = new BinaryWriter()
  const reader = new BinaryReader(message)
  while (reader.pos < reader.len) {
    const start = reader.pos
    const [number, type] = reader.tag()
    reader.skip(type, number)
    if (number !== field) writer.raw(message.subarray(start, reader.pos))
  }
  return writer.tag(field, WireType.LengthDelimited).bytes(value).finish()
}
