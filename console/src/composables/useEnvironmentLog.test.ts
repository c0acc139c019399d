import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'

type Answer = () => Response

const encoder = new TextEncoder()
const log = (text: string) => `event: log\ndata: ${JSON.stringify({ text })}\n\n`
const end = 'event: end\ndata: {}\n\n'

/** A stream of events that ends, breaks or stays open. */
const events =
  (text: string, after: 'end' | 'break' | 'open'): Answer =>
  () =>
    new Response(
      new ReadableStream<Uint8Array>({
        pull: (controller) => {
          if (text !== '') controller.enqueue(encoder.encode(text))
          else if (after === 'end') controller.close()
          else if (after === 'break') controller.error(new TypeError('network error'))
          text = ''
        },
      }),
    )
const refused: Answer = () => Response.json({}, { status: 404 })

let scope: EffectScope
beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('location', { origin: 'http://kiln.example' })
  vi.stubGlobal('document', { hidden: true })
  vi.stubGlobal('cancelAnimationFrame', () => undefined)
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

async function open(...answers: readonly Answer[]) {
  let asked = 0
  vi.stubGlobal('fetch', async () => (answers[asked++] ?? refused)())
  const { useEnvironmentLog } = await import('./useEnvironmentLog.ts')
  const shown = scope.run(() => useEnvironmentLog(() => ({ id: 'env-1', start: 1 })))
  if (shown === undefined) throw new Error('the scope has ended')
  return shown
}

it('follows again after the connection broke, and keeps the text meanwhile', async () => {
  const shown = await open(
    events(log('one\n') + log('two\n'), 'break'),
    events(log('one\n'), 'open'),
  )
  await vi.advanceTimersByTimeAsync(300)
  expect([shown.text.value, shown.isLost.value]).toEqual(['one\ntwo\n', true])
  await vi.advanceTimersByTimeAsync(1_000)
  expect([shown.text.value, shown.isLost.value]).toEqual(['one\ntwo\n', false])
})

it('goes on behind what was there, to the end', async () => {
  const shown = await open(
    events(log('one\n'), 'end'),
    events(log('one\n') + log('two\n') + end, 'end'),
  )
  await vi.advanceTimersByTimeAsync(300)
  expect([shown.text.value, shown.hasEnded.value]).toEqual(['one\n', false])
  await vi.advanceTimersByTimeAsync(2_000)
  expect([shown.text.value, shown.hasEnded.value]).toEqual(['one\ntwo\n', true])
  expect([shown.isLost.value, shown.error.value]).toEqual([false, undefined])
})

it('says that it was refused, and asks once more when it is told to', async () => {
  const shown = await open(
    events(log('one\n'), 'break'),
    refused,
    events(log('one\n') + end, 'end'),
  )
  await vi.advanceTimersByTimeAsync(2_000)
  expect(shown.error.value).toMatchObject({ status: 404 })
  expect([shown.text.value, shown.isLost.value]).toEqual(['one\n', false])
  shown.retry()
  await vi.advanceTimersByTimeAsync(2_000)
  expect([shown.error.value, shown.text.value]).toEqual([undefined, 'one\n'])
  expect(shown.hasEnded.value).toBe(true)
})
