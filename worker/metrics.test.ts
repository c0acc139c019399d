import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import type { ControlActivities } from '#contract/activities.ts'
import { failures } from '#contract/failure.ts'
import { countEnds, createWorkerMetrics } from './metrics.ts'

const ended: Pick<ControlActivities, 'finishBuild' | 'endAttempt'> = {
  finishBuild: async () => undefined,
  endAttempt: async () => undefined,
}

it('shows every way to end from the start, so that the first is seen to come', async () => {
  const registry = new Registry()
  const metrics = createWorkerMetrics(registry)
  const before = await registry.metrics()
  expect(before).toContain('kiln_builds_ended_total{status="succeeded",code=""} 0\n')
  expect(before).toContain('kiln_builds_ended_total{status="cancelled",code="cancelled"} 0\n')
  expect(before).toContain('kiln_builds_ended_total{status="timed_out",code="stage_timeout"} 0\n')
  for (const code of Object.keys(failures)) {
    expect(before).toMatch(new RegExp(`^kiln_builds_ended_total\\{.*code="${code}"\\} 0$`, 'm'))
    expect(before).toContain(`kiln_attempts_failed_total{code="${code}"} 0\n`)
  }
  const { finishBuild, endAttempt } = countEnds(ended, metrics)
  const failure = { code: 'agent_lost', message: 'lost' } as const
  await finishBuild({ buildId: 'build-1', status: 'failed', failure })
  await endAttempt({ buildId: 'build-1', attempt: 1 }, failure)
  const after = await registry.metrics()
  expect(after).toContain('kiln_builds_ended_total{status="failed",code="agent_lost"} 1\n')
  expect(after).toContain('kiln_attempts_failed_total{code="agent_lost"} 1\n')
  const series = (text: string) => text.split('\n').filter((line) => /^kiln_\w+_total\{/.test(line))
  expect(series(after)).toHaveLength(series(before).length)
})
