import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createRunning } from './running.ts'

const attempt = { buildId: 'build-1', attempt: 1 }
const never = new AbortController().signal

it('stops the stages of one attempt and waits until they have ended', async () => {
  const running = createRunning()
  const ended: string[] = []
  const stage = (name: string) => async (signal: AbortSignal) => {
    await sleep(60_000, undefined, { signal }).catch(() => undefined)
    await sleep(10)
    ended.push(name)
  }
  const first = running.run(attempt, never, stage('first'))
  const other = new AbortController()
  const second = running.run({ ...attempt, attempt: 2 }, other.signal, stage('second'))
  await running.stop(attempt)
  expect(ended).toEqual(['first'])
  await first
  other.abort()
  await second
  expect(ended).toEqual(['first', 'second'])
})
