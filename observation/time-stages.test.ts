import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { createStageTimes } from './time-stages.ts'

it('counts the tries of stages by how they ended, with codes of the table only', async () => {
  const metrics = new Registry()
  const time = createStageTimes(metrics)
  const fail = (error: Error) => async () => {
    throw error
  }
  await time('buildImage', 1, async (input) => input)
  const known = Object.assign(new Error('x'), { type: 'step_failed' })
  await expect(time('buildImage', 1, fail(known))).rejects.toBe(known)
  const unknown = Object.assign(new Error('x'), { type: 'text of build 4711' })
  await expect(time('pushImage', 1, fail(unknown))).rejects.toBe(unknown)
  const cancelled = Object.assign(new Error('x'), { name: 'CancelledFailure' })
  await expect(time('pushImage', 1, fail(cancelled))).rejects.toBe(cancelled)
  await time('seekNode', 1, async () => undefined)
  const text = await metrics.metrics()
  expect(text).toContain('kiln_stage_seconds_count{stage="building",outcome="ok"} 1')
  expect(text).toContain('kiln_stage_seconds_count{stage="building",outcome="failed"} 1')
  expect(text).toContain('kiln_stage_seconds_count{stage="pushing",outcome="cancelled"} 1')
  expect(text).toContain('kiln_stage_failures_total{stage="building",code="step_failed"} 1')
  expect(text).toContain('kiln_stage_failures_total{stage="pushing",code="internal"} 1')
  expect(text).not.toContain('4711')
  expect(text).not.toContain('seekNode')
})
