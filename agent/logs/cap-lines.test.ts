import { expect, it } from 'vitest'
import type { LogLine } from '#contract/log.ts'
import { capLines } from './cap-lines.ts'

const line = (text: string, stream: LogLine['stream'] = 'stdout'): LogLine => ({
  at: '2026-01-01T00:00:00Z',
  stage: 'building',
  step: 1,
  stream,
  text,
})

it('keeps output up to the limit, says once that it was cut, and still tells progress', () => {
  const kept: string[] = []
  const push = capLines(({ text }) => kept.push(text), 140)
  for (const text of ['1234', '5678', '9', 'more', 'yet more']) push(line(text))
  push(line('DONE', 'progress'))
  expect(kept).toEqual([
    '1234',
    '5678',
    '[the output is too long: the rest of it is not kept]',
    'DONE',
  ])
})
