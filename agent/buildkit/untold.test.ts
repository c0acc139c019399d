import { expect, it } from 'vitest'
import type { ProgressEvent, StepEvent } from './progress.ts'
import { createUntold } from './untold.ts'

const output = (text: string, stream: 'stdout' | 'stderr' = 'stdout'): ProgressEvent => ({
  kind: 'output',
  digest: 'a',
  at: new Date(0),
  stream,
  bytes: Buffer.from(text),
})
const step = (started?: number, completed?: number): StepEvent => ({
  kind: 'step',
  digest: 'a',
  inputs: [],
  name: 'RUN make',
  cached: false,
  started: started === undefined ? undefined : new Date(started),
  completed: completed === undefined ? undefined : new Date(completed),
  error: '',
})
const warning: ProgressEvent = {
  kind: 'warning',
  digest: 'a',
  text: 'old syntax',
  detail: [],
  url: '',
  line: 1,
  ranges: [{ start: 1, end: 1 }],
}

const texts = (events: readonly (ProgressEvent | undefined)[]) =>
  events.map((event) =>
    event?.kind === 'output' ? Buffer.from(event.bytes).toString() : event?.kind,
  )

it('takes everything of a first telling', () => {
  const untold = createUntold()
  untold.begin()
  const events = [step(2, 3), step(1), warning, warning, output('x'), output('x')]
  expect(events.map(untold.take)).toEqual(events)
})

it('takes of a second telling what is new, however its output is cut', () => {
  const untold = createUntold()
  untold.begin()
  for (const event of [step(1), output('one '), output('err', 'stderr'), output('two '), warning])
    untold.take(event)
  untold.begin()
  const again = [output('one two three'), output('er', 'stderr'), output('ror', 'stderr'), warning]
  expect(texts(again.map(untold.take))).toEqual(['three', undefined, 'or', undefined])
  untold.begin()
  expect(texts([output('one two three four')].map(untold.take))).toEqual([' four'])
})

it('takes no step back', () => {
  const untold = createUntold()
  untold.begin()
  untold.take(step(1))
  untold.take(step(1, 5))
  untold.begin()
  const again = [step(), step(1), step(1, 5), step(7)]
  expect(again.map(untold.take)).toEqual([undefined, undefined, again[2], again[3]])
})
