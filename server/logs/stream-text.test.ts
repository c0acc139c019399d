import { expect, it } from 'vitest'
import { streamText } from './stream-text.ts'

const fail = (error: unknown) => {
  throw error
}

/** Two pieces, and a promise of what the source was told when it let go of what it holds. */
function source() {
  const released = Promise.withResolvers<boolean>()
  const pieces = async function* (signal: AbortSignal) {
    try {
      yield 'one'
      yield 'two'
    } finally {
      released.resolve(signal.aborted)
    }
  }
  return { pieces, released: released.promise }
}

it('gives the pieces in their order, and lets go of the source at its end', async () => {
  const { pieces, released } = source()
  expect(await new Response(streamText(pieces, fail)).text()).toBe('onetwo')
  expect(await released).toBe(false)
})

it('lets go of the source when the reader leaves', async () => {
  const { pieces, released } = source()
  const reader = streamText(pieces, fail).getReader()
  await reader.read()
  await reader.cancel()
  expect(await released).toBe(true)
})

it('lets go of the source of a reader that takes nothing', async () => {
  const { pieces, released } = source()
  const reader = streamText(pieces, fail, 10).getReader()
  await reader.read()
  expect(await released).toBe(true)
  await expect(reader.read()).rejects.toThrow('the reader has stalled')
})

it('tells of a source that fails, and fails likewise', async () => {
  const told = Promise.withResolvers<unknown>()
  const broken = async function* () {
    yield 'one'
    throw new Error('the log is gone')
  }
  await expect(new Response(streamText(broken, told.resolve)).text()).rejects.toThrow('gone')
  expect(await told.promise).toMatchObject({ message: 'the log is gone' })
})
