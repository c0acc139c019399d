import { expect, it } from 'vitest'
import { createProgressLog } from './describe-progress.ts'
import { noMask } from './mask-secrets.ts'
import { createStepNumbers } from './step-numbers.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds))
const step = {
  kind: 'step',
  inputs: [],
  cached: false,
  started: undefined,
  completed: undefined,
  error: '',
} as const
const output = (stream: 'stdout' | 'stderr', text: string) =>
  ({ kind: 'output', digest: 'b', at: at(2), stream, bytes: Buffer.from(text) }) as const

it('tells steps with their output, in the order in which they begin', () => {
  const texts: string[] = []
  const log = createProgressLog(
    'building',
    () => at(9),
    {
      mask: noMask,
      write: ({ step: number, stream, at: time }, text) =>
        texts.push(
          `${new Date(time).getSeconds()} ${number} ${stream} ${Buffer.from(text).toString()}`,
        ),
    },
    createStepNumbers(),
  )
  for (const event of [
    { ...step, digest: 'a', name: '[1/2] FROM base' },
    {
      ...step,
      digest: 'a',
      name: '[1/2] FROM base',
      started: at(0),
      completed: at(0),
      cached: true,
    },
    { ...step, digest: 'b', name: '[2/2] RUN x', started: at(1) },
    output('stdout', 'one\ntw'),
    output('stderr', 'oops'),
    output('stdout', 'o\nend'),
    {
      ...step,
      digest: 'b',
      name: '[2/2] RUN x',
      started: at(1),
      completed: at(3),
      error: 'exit code: 1\nmore',
    },
  ])
    log.read(event)
  expect(texts).toEqual([
    '0 1 progress [1/2] FROM base',
    '0 1 progress CACHED',
    '1 2 progress [2/2] RUN x',
    '2 2 stdout one',
    '2 2 stdout two',
    '3 2 stdout end',
    '3 2 stderr oops',
    '3 2 progress ERROR exit code: 1',
  ])
  expect(log.count()).toEqual({ cached: 1, total: 2 })
})
