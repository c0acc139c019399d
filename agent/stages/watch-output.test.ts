import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { OutputEvent, StepEvent } from '../buildkit/progress.ts'
import { Silence, watchOutput } from './watch-output.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const at = new Date(0)
const step = (name: string, completed?: Date): StepEvent => ({
  kind: 'step',
  digest: name,
  inputs: [],
  name,
  cached: false,
  started: at,
  completed,
  error: '',
})
const output = (digest: string): OutputEvent => ({
  kind: 'output',
  digest,
  at,
  stream: 'stdout',
  bytes: Buffer.from('x'),
})

it('aborts when a RUN is silent for too long, and not while it prints', () => {
  using watch = watchOutput(10)
  watch.read(step('[2/2] RUN make'))
  for (let i = 0; i < 5; i += 1) {
    vi.advanceTimersByTime(9_000)
    watch.read(output('[2/2] RUN make'))
  }
  expect(watch.signal.aborted).toBe(false)
  vi.advanceTimersByTime(10_000)
  expect(watch.signal.reason).toBeInstanceOf(Silence)
  expect(watch.signal.reason).toMatchObject({ step: '[2/2] RUN make' })
})

it('judges each RUN by its own output, and none after its end', () => {
  using watch = watchOutput(10)
  watch.read(step('[a 1/1] RUN one'))
  watch.read(step('[b 1/1] RUN two'))
  vi.advanceTimersByTime(9_000)
  watch.read(output('[a 1/1] RUN one'))
  watch.read(step('[b 1/1] RUN two', at))
  vi.advanceTimersByTime(9_000)
  expect(watch.signal.aborted).toBe(false)
})

it('leaves pulling, copying and exporting alone', () => {
  using watch = watchOutput(10)
  for (const name of ['[1/3] FROM a', '[2/3] COPY RUN /', 'exporting to image'])
    watch.read(step(name))
  vi.advanceTimersByTime(60_000)
  expect(watch.signal.aborted).toBe(false)
})

it('takes output that is not read yet for no silence', async () => {
  using watch = watchOutput(10)
  watch.read(step('[2/2] RUN make'))
  const room = Promise.withResolvers<void>()
  const held = watch.hold(room.promise)
  vi.advanceTimersByTime(60_000)
  room.resolve()
  await held
  vi.advanceTimersByTime(9_000)
  expect(watch.signal.aborted).toBe(false)
  vi.advanceTimersByTime(1_000)
  expect(watch.signal.aborted).toBe(true)
})
