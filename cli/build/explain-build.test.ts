import { describe, expect, it } from 'vitest'
import type { BuildDetail } from '#contract/answers.ts'
import { explain } from '#contract/failure.ts'
import { createSay } from '../language.ts'
import { excerpt, explainBuild } from './explain-build.ts'

const build: BuildDetail = {
  id: 'build-1',
  project: 'default',
  name: 'app:1',
  status: 'failed',
  stage: 'failed',
  attempt: 1,
  priority: 'interactive',
  node_id: null,
  waiting_reason: null,
  cancel_requested: false,
  queue: null,
  digest: null,
  size: null,
  failure: explain({ code: 'step_failed', message: 'exit code: 3', line: 2 }),
  created_at: '2026-01-01T00:00:00Z',
  finished_at: '2026-01-01T00:00:01Z',
  duration_ms: 1000,
  description: '',
  base_image: null,
  dockerfile: 'FROM a\nRUN exit 3\n',
  packages: null,
  options: {},
  context: null,
  contexts: {},
  bases: [],
  version: null,
  rebuild_because: null,
  stages: [],
  attempts: [],
  quarantine: [],
  steps: { cached: 0, total: 1 },
  verification: null,
}

describe('explainBuild', () => {
  it('marks the line, says why, who must act and what to do', () => {
    expect(explainBuild(build, createSay('en'))).toEqual([
      'app:1 was not built (build-1)',
      '',
      'Dockerfile:2',
      '1 |     FROM a',
      '2 | >>> RUN exit 3',
      '3 |',
      '',
      'A build step ended with an error',
      '  exit code: 3',
      'You must act (step_failed).',
      'Read the log of the step at the line that is named.',
    ])
  })

  it('says so in Chinese, and whatever a newer server knows in its own words', () => {
    expect(explainBuild(build, createSay('zh'))).toContain('需要您处理（step_failed）。')
    const failure = { ...build.failure!, code: 'of_tomorrow', advice: 'Wait.' }
    expect(explainBuild({ ...build, failure }, createSay('zh'))).toContain('Wait.')
  })

  it('lets no message of a build steer the terminal', () => {
    const failure = { ...build.failure!, message: '\u001B]0;title\u0007gone' }
    expect(explainBuild({ ...build, failure }, createSay('en'))).toContain('  gone')
  })

  it('says how a good one was verified, and that its name may have stayed', () => {
    const done: BuildDetail = {
      ...build,
      status: 'succeeded',
      failure: null,
      digest: 'sha256:1',
      size: 2048,
      version: { number: 3, took_name: false },
      verification: {
        verdict: 'gpu',
        evidence: 'measured',
        gpu: { name: 'T4', driver: '1' },
        node: 'n',
      },
    }
    expect(explainBuild(done, createSay('en'))).toEqual([
      'app:1 is built: version 3, in 1.0s',
      '  sha256:1 (2.0 KiB)',
      '  0 of 1 steps from the cache',
      '  the name app:1 stays where somebody has moved it meanwhile',
      '  verified: gpu, measured, on T4 of n',
    ])
  })
})

it('shows no line that the Dockerfile does not have', () => {
  expect(excerpt('FROM a', 7)).toEqual([])
  expect(excerpt('FROM a', undefined)).toEqual([])
})
