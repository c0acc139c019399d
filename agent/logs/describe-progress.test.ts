import { expect, it } from 'vitest'
import { createProgressLines } from './describe-progress.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds))
const step = {
  kind: 'step',
  inputs: [],
  cached: false,
  started: undefined,
  completed: undefined,
  error: '',
} as const

it('tells steps with their output, in the order in which they begin', () => {
  const lines = createProgressLines('building', () => at(9))
  const texts = [
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
    {
      kind: 'output',
      digest: 'b',
      at: at(2),
      stream: 'stdout',
      bytes: Buffer.from('one\ntw'),
    } as const,
    {
      kind: 'output',
      digest: 'b',
      at: at(2),
      stream: 'stderr',
      bytes: Buffer.from('oops'),
    } as const,
    {
      kind: 'output',
      digest: 'b',
      at: at(2),
      stream: 'stdout',
      bytes: Buffer.from('o\nend'),
    } as const,
    {
      ...step,
      digest: 'b',
      name: '[2/2] RUN x',
      started: at(1),
      completed: at(3),
      error: 'exit code: 1\nmore',
    },
  ].flatMap((event) =>
    lines.read(event).map(({ step: number, stream, text }) => `${number} ${stream} ${text}`),
  )
  expect(texts).toEqual([
    '1 progress [1/2] FROM base',
    '1 progress CACHED',
    '2 progress [2/2] RUN x',
    '2 stdout one',
    '2 stdout two',
    '2 stdout end',
    '2 stderr oops',
    '2 progress ERROR exit code: 1',
  ])
  expect(lines.count()).toEqual({ cached: 1, total: 2 })
})
