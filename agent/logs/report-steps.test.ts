import { expect, it } from 'vitest'
import type { StepReport } from '#contract/step.ts'
import { createStepCollector } from './collect-steps.ts'
import { createStepReporter, type StepReporterDeps } from './report-steps.ts'
import { createStepNumbers } from './step-numbers.ts'

const event = (digest: string) => ({
  kind: 'step' as const,
  digest,
  name: `[1/1] RUN ${digest}`,
  inputs: [],
  started: new Date(0),
  completed: undefined,
  cached: false,
  error: '',
})

function report(send: StepReporterDeps['send'], verdict: 'retry' | 'skip' | 'stop' = 'retry') {
  const collector = createStepCollector({
    stage: 'building',
    numbers: createStepNumbers(),
    findLine: () => undefined,
    addedLines: 0,
    mask: (text) => text,
  })
  return createStepReporter({ send, judge: () => verdict, random: () => 0 }, collector)
}

it('sends again what did not arrive, and what changed since after it', async () => {
  const sent: string[] = []
  let tries = 0
  const reporter = report(async ({ steps }: StepReport) => {
    tries += 1
    if (tries === 1) reporter.read(event('b'))
    if (tries < 3) throw new Error('no answer')
    sent.push(...steps.map(({ name }) => name))
  })
  reporter.read(event('a'))
  await reporter.end(60_000)
  expect(sent).toEqual(['[1/1] RUN a', '[1/1] RUN b'])
})

it('ends without a server within its limit, and at once where it is refused', async () => {
  const fail = async () => {
    throw new Error('no answer')
  }
  const silent = report(fail)
  silent.read(event('a'))
  await silent.end(50)
  let tries = 0
  const refused = report(async () => {
    tries += 1
    throw new Error('stale attempt')
  }, 'stop')
  refused.read(event('a'))
  await refused.end(60_000)
  refused.read(event('b'))
  await refused.end(60_000)
  expect(tries).toBe(1)
})
