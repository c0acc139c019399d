import { expect, it } from 'vitest'
import type { ShownFailure } from '#contract/answers.ts'
import { explain, type FailureCode, failures, isFailureCode } from '#contract/failure.ts'
import { exitCauseOf, exitCauseOfRefusal, exitCauseOfStart } from './exit-code.ts'

const failed = (code: FailureCode) => {
  const failure: ShownFailure = explain({ code, message: '' })
  return exitCauseOf({ status: 'failed', failure })
}

it.each([
  ['step_failed', 'build'],
  ['dockerfile_invalid', 'build'],
  ['agent_lost', 'farm'],
  ['push_denied', 'registry'],
  ['verification_failed', 'verification'],
  ['gpu_unavailable', 'verification'],
  ['stage_timeout', 'timedOut'],
] as const)('ends after %s as %s', (code, cause) => expect(failed(code)).toBe(cause))

it('ends well for no failure of the table', () => {
  for (const code of Object.keys(failures).filter(isFailureCode))
    expect(failed(code)).not.toBe('ok')
})

it('ends by the status where there is no failure', () => {
  expect(exitCauseOf({ status: 'succeeded', failure: null })).toBe('ok')
  expect(exitCauseOf({ status: 'cancelled', failure: null })).toBe('cancelled')
  expect(exitCauseOf({ status: 'timed_out', failure: null })).toBe('timedOut')
})

it.each([
  [undefined, undefined, 'farm'],
  [503, 'unavailable', 'farm'],
  [503, 'registry_unavailable', 'registry'],
  [422, 'dockerfile_invalid', 'build'],
  [401, 'unauthenticated', 'usage'],
  [404, undefined, 'usage'],
] as const)('ends after the answer %s %s as %s', (status, code, cause) =>
  expect(exitCauseOfRefusal(status, code)).toBe(cause),
)

it.each([
  ['running', undefined, 'ok'],
  ['failed', 'user', 'build'],
  ['failed', 'registry', 'registry'],
  ['failed', 'farm', 'farm'],
  ['failed', 'somebody of tomorrow', 'farm'],
  ['failed', undefined, 'farm'],
  ['lost', 'farm', 'farm'],
] as const)(
  'ends after the start of an environment that is %s by %s as %s',
  (state, actor, cause) =>
    expect(exitCauseOfStart({ state, reason: { code: 'x', actor, text: '' } })).toBe(cause),
)
