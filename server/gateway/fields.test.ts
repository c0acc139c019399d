import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { expect, it } from 'vitest'
import { readField, readFields, readText, replaceField } from './fields.ts'

const text = (value: string) => new TextEncoder().encode(value)

/** A varint, a text, a number of 8 bytes and a field with a large number, as a newer version may have. */
const message = new BinaryWriter()
  .tag(1, WireType.Varint)
  .uint32(300)
  .tag(2, WireType.LengthDelimited)
  .string('kiln')
  .tag(3, WireType.Bit64)
  .fixed64(7)
  .tag(4000, WireType.LengthDelimited)
  .string('new')
  .finish()

it('reads a field of bytes and nothing of another kind', () => {
  expect(readText(message, 2)).toBe('kiln')
  expect(readText(message, 4000)).toBe('new')
  expect(readField(message, 1)).toEqual(new Uint8Array())
  expect(readFields(message, 5)).toEqual([])
})

it('puts another value in a field and leaves all others as they were', () => {
  const replaced = replaceField(message, 2, text('other'))
  expect(readText(replaced, 2)).toBe('other')
  expect(readText(replaced, 4000)).toBe('new')
  expect(replaceField(replaced, 2, text('kiln'))).toHaveLength(message.length)
})

it('refuses a field that is there twice, of which Temporal would read the other one', () => {
  const twice = new BinaryWriter().raw(message).tag(2, WireType.LengthDelimited).string('x')
  expect(() => readField(twice.finish(), 2)).toThrow(RangeError)
})

it('refuses a message that breaks off', () => {
  expect(() => readField(message.subarray(0, -1), 2)).toThrow(RangeError)
})
