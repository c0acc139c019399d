import { expect, it } from 'vitest'
import { BuildkitError } from '../buildkit/error.ts'
import type { StepEvent } from '../buildkit/progress.ts'
import type { EndedStep } from '../daemon/limit-hits.ts'
import { LimitReached, nameLimit } from './limit-reached.ts'

const at = (second: number) => new Date(second * 1000)
const step = (digest: string, from: number, to: number, error: string): [string, StepEvent] => [
  digest,
  {
    kind: 'step',
    digest,
    inputs: [],
    name: `[${digest} 2/2] RUN make`,
    cached: false,
    started: at(from),
    completed: at(to),
    error,
  },
]
const failedStep = new BuildkitError(
  'Solve',
  2,
  'process "make" did not complete successfully: exit code: 137',
  { exitCode: 137, vertex: 'hog' },
)

/** A node that remembers a step which was killed between 10 and 20. */
function remembering() {
  const asked: EndedStep[] = []
  const findHit = async (ended: EndedStep) => {
    asked.push(ended)
    return ended.started < at(10) && ended.completed > at(20) ? ('memory' as const) : undefined
  }
  return { asked, limits: { memory: 1, processes: 1, findHit } }
}

it('asks for the step that failed, whichever was the first to end with an error', async () => {
  const { limits } = remembering()
  const steps = new Map([
    step('stopped', 11, 19, 'context canceled'),
    step('hog', 5, 25, failedStep.reason),
  ])
  expect(await nameLimit(failedStep, steps, limits)).toBeInstanceOf(LimitReached)
})

it('does not blame a limit that only another step met', async () => {
  const { limits } = remembering()
  const steps = new Map([
    step('other', 5, 25, 'context canceled'),
    step('hog', 24, 26, failedStep.reason),
  ])
  expect(await nameLimit(failedStep, steps, limits)).toBe(failedStep)
})

it('asks nothing where no step is known to have failed', async () => {
  const { asked, limits } = remembering()
  const refused = new BuildkitError('Solve', 2, 'no', { vertex: 'hog' })
  const steps = new Map([step('hog', 5, 25, 'no')])
  expect(await nameLimit(refused, steps, limits)).toBe(refused)
  expect(await nameLimit(failedStep, new Map(), limits)).toBe(failedStep)
  expect(asked).toEqual([])
})
