import { expect, it } from 'vitest'
import type { LogChunk } from '#contract/log.ts'
import { createLogSender } from './sender.ts'

const line = (text: string) =>
  ({ at: '2026-01-01T00:00:00Z', stage: 'building', step: 1, stream: 'stdout', text }) as const

/** A receiver that fails as often as it is told to, and once stores without answering. */
function receiver(plan: ('fail' | 'lose the answer')[]) {
  const stored: string[] = []
  const send = async ({ start, lines }: LogChunk) => {
    const fault = plan.shift()
    if (fault === 'fail') throw new Error('away')
    if (start === stored.length) stored.push(...lines.map(({ text }) => text))
    if (fault === 'lose the answer') throw new Error('cut')
    return stored.length
  }
  return { stored, send }
}

it.each([
  ['without faults', []],
  ['when the receiver is away at first', ['fail', 'fail']],
  ['when an answer is lost', ['lose the answer']],
] as [string, ('fail' | 'lose the answer')[]][])(
  'delivers each line once, in order, %s',
  async (_, faults) => {
    const { stored, send } = receiver(faults)
    const sender = createLogSender({ send, mayRetry: () => true, random: () => 0 }, 0)
    const texts = Array.from({ length: 1_200 }, (__, index) => `line ${index}`)
    for (const text of texts.slice(0, 700)) sender.push(line(text))
    await sender.end(5_000)
    for (const text of texts.slice(700)) sender.push(line(text))
    await sender.end(5_000)
    expect(stored).toEqual(texts)
  },
)

it('gives up on a refusal', async () => {
  let calls = 0
  const refuse = async () => {
    calls += 1
    throw new Error('stale')
  }
  const sender = createLogSender({ send: refuse, mayRetry: () => false, random: () => 0 }, 0)
  sender.push(line('x'))
  await sender.end(5_000)
  expect(calls).toBe(1)
})
