import { expect, it } from 'vitest'
import type { ProgressEvent, StepEvent } from '../buildkit/progress.ts'
import { createStepOutput } from './step-output.ts'

const at = new Date(0)
const step = (digest: string, name: string, change: Partial<StepEvent> = {}): ProgressEvent => ({
  kind: 'step',
  digest,
  inputs: [],
  name,
  cached: false,
  started: at,
  completed: undefined,
  error: '',
  ...change,
})
const output = (digest: string, text: string, stream: 'stdout' | 'stderr' = 'stdout') =>
  ({ kind: 'output', digest, at, stream, bytes: Buffer.from(text) }) as const

it('gives what the step with the nonce printed on stdout, and nothing of others', async () => {
  const steps = createStepOutput()
  const done = { completed: at, error: 'exit code: 1' }
  for (const event of [
    step('a', 'RUN probe'),
    step('b', 'RUN probe --nonce n1'),
    output('a', 'forged\n'),
    output('b', 'on stderr\n', 'stderr'),
    output('b', 'rep'),
    step('b', 'RUN probe --nonce n1', done),
    output('b', 'ort\n'),
  ]) {
    steps.read(event)
  }
  const { stdout, error } = await steps.of('n1')
  expect(stdout.toString()).toBe('report\n')
  expect(error).toBe('exit code: 1')
})

it('waits for output that comes after the end of its step', async () => {
  const steps = createStepOutput()
  steps.read(step('b', 'RUN n1', { completed: at }))
  const ended = steps.of('n1')
  setTimeout(() => steps.read(output('b', 'late\n')), 50)
  expect((await ended).stdout.toString()).toBe('late\n')
})

it('has nothing of a step that was never begun', async () => {
  expect(await createStepOutput().of('n1')).toEqual({ stdout: Buffer.alloc(0), error: '' })
})

it('keeps no flood', async () => {
  const steps = createStepOutput()
  steps.read(step('b', 'RUN n1'))
  for (let i = 0; i < 40; i++) steps.read(output('b', `${'x'.repeat(64 * 1024)}\n`))
  steps.read(step('b', 'RUN n1', { completed: at }))
  expect((await steps.of('n1')).stdout.length).toBeLessThan(1024 * 1024)
})
