import { expect, it } from 'vitest'
import { effectScope } from 'vue'
import { useLatest } from './useLatest.ts'

it('tells a question that nobody waits for its answer any more', async () => {
  const signals: AbortSignal[] = []
  const scope = effectScope()
  const latest = scope.run(() =>
    useLatest(async (signal) => {
      signals.push(signal)
      return signals.length
    }),
  )
  await latest?.reload()
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
  expect(latest?.data.value).toBe(2)
  scope.stop()
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
})
