import { describe, expect, it } from 'vitest'
import { stepLimits } from '#contract/step.ts'
import { stepReport } from '#contract/wire/step.ts'
import type { StepEvent } from '../buildkit/progress.ts'
import { createStepCollector, type StepCollectorOptions } from './collect-steps.ts'
import { createStepNumbers } from './step-numbers.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds))

function step(digest: string, name: string, rest: Partial<StepEvent> = {}): StepEvent {
  const whole = { started: at(1), completed: at(3), cached: false, error: '', inputs: [] }
  return { kind: 'step', digest, name, ...whole, ...rest }
}

function collect(options: Partial<StepCollectorOptions> = {}) {
  return createStepCollector({
    stage: 'building',
    numbers: createStepNumbers(),
    findLine: () => undefined,
    addedLines: 0,
    mask: (text) => text,
    ...options,
  })
}

const cached = { cached: true }
const broken = (events: readonly StepEvent[]) => {
  const collector = collect()
  for (const event of events) collector.read(event)
  return collector
    .take()
    ?.steps.filter(({ broke_cache }) => broke_cache)
    .map(({ name }) => name)
}

describe('the steps of a stage', () => {
  it('are told whole when they have changed, with the line that the user wrote', () => {
    const numbers = createStepNumbers()
    numbers.of('earlier')
    const collector = collect({ numbers, findLine: () => 4, addedLines: 1 })
    collector.read(step('i', '[internal] load build definition'))
    collector.read(step('a', '[2/2] RUN x', { started: undefined, completed: undefined }))
    expect(collector.take()).toBeUndefined()
    collector.read(step('a', '[2/2] RUN x', { completed: undefined }))
    const running = {
      number: 2,
      name: '[2/2] RUN x',
      line: 3,
      started_at: '2026-01-01T00:00:01.000Z',
      duration_ms: null,
      cached: false,
      broke_cache: true,
      error: null,
      transferred_bytes: 0,
    }
    const first = { stage: 'building', begins: true, steps: [running], warnings: [], omitted: 0 }
    expect(collector.take()).toEqual(first)
    expect(collector.take()).toBeUndefined()
    collector.read(step('a', '[2/2] RUN x', { error: 'exit code: 1' }))
    const done = { ...running, duration_ms: 2000, error: 'exit code: 1' }
    expect(collector.take()).toEqual({ ...first, begins: false, steps: [done] })
  })

  it('sum up what they moved, each piece as far as it came', () => {
    const collector = collect()
    const piece = { kind: 'transfer', digest: 'f', total: 0, at: at(1) } as const
    const times = { started: undefined, completed: undefined }
    collector.read({ ...piece, ...times, name: 'sha256:a', current: 10 })
    collector.read(step('f', '[1/1] FROM a'))
    collector.read({ ...piece, ...times, name: 'sha256:b', current: 5 })
    collector.read({ ...piece, ...times, name: 'sha256:a', current: 30 })
    expect(collector.take()?.steps).toMatchObject([{ transferred_bytes: 35 }])
  })

  it('come in reports that the server takes, however many and however long they are', () => {
    const collector = collect()
    for (let index = 0; index < 1000; index += 1) {
      collector.read(step(`${index}`, `[1/1] RUN \0${'\u{1f600}'.repeat(2000)}`))
      collector.read({
        kind: 'warning',
        digest: '0',
        text: `${index}${'w'.repeat(5000)}`,
        detail: Array.from({ length: 100 }, () => 'd'.repeat(5000)),
        url: 'u'.repeat(5000),
        line: undefined,
        ranges: [],
      })
    }
    let steps = 0
    let warnings = 0
    let omitted = 0
    for (let report = collector.take(); report; report = collector.take()) {
      expect(stepReport.parse(report)).toEqual(report)
      steps += report.steps.length
      warnings += report.warnings.length
      omitted = report.omitted
    }
    expect({ steps, warnings }).toEqual({ steps: stepLimits.steps, warnings: stepLimits.warnings })
    expect(steps + omitted).toBe(1000)
  })

  it('hold no secret', () => {
    const collector = collect({ mask: (text) => text.replaceAll('hunter2', '***') })
    collector.read(step('a', '[1/1] RUN echo hunter2', { error: 'hunter2 failed' }))
    expect(JSON.stringify(collector.take())).not.toContain('hunter2')
  })
})

describe('the step that broke the cache', () => {
  it('is the one that ran after cached ones only, whatever ran behind it', () => {
    const steps = [
      step('from', '[1/4] FROM a'),
      step('a', '[2/4] RUN a', { ...cached, inputs: ['from'] }),
      step('b', '[3/4] RUN b', { inputs: ['a'] }),
      step('c', '[4/4] RUN c', { inputs: ['b'] }),
      step('e', 'exporting to image', { inputs: ['c'] }),
    ]
    expect(broken(steps)).toEqual(['[3/4] RUN b'])
  })

  it('is looked for behind what is no instruction', () => {
    const steps = [
      step('files', '[internal] load build context'),
      step('copy', '[2/3] COPY . .', { inputs: ['files'] }),
      step('merge', 'merging', { inputs: ['copy'] }),
      step('run', '[3/3] RUN a', { inputs: ['merge'] }),
    ]
    expect(broken(steps)).toEqual(['[2/3] COPY . .'])
  })

  it('is none when all is cached', () => {
    expect(broken([step('from', '[1/2] FROM a'), step('a', '[2/2] RUN a', cached)])).toEqual([])
  })
})

it('tells a warning once, with its line and page', () => {
  const collector = collect({ addedLines: 1 })
  const warning = { text: 'MaintainerDeprecated: no', detail: ['more'], url: 'https://h/', line: 3 }
  for (let times = 0; times < 2; times += 1)
    collector.read({ kind: 'warning', digest: 'i', ranges: [], ...warning })
  expect(collector.take()?.warnings).toEqual([{ number: 1, ...warning, line: 2 }])
})
