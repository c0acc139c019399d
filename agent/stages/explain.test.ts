import { describe, expect, it } from 'vitest'
import { examplePlan } from '../../test/example-plan.ts'
import { BuildkitError } from '../buildkit/error.ts'
import { ControlPlaneError } from '../control-plane.ts'
import { DiskFull } from '../disk/disk-full.ts'
import { explain as explainError, explainDaemonError } from './explain.ts'
import { LimitReached } from './limit-reached.ts'
import { Silence } from './watch-output.ts'

const plan = examplePlan({}, { added_lines: 1 })
const explain = (
  message: string,
  rest = {},
  stage: 'building' | 'verifying' | 'pushing' = 'building',
) => explainDaemonError({ code: 2, message, ...rest }, stage, plan)

describe('explainDaemonError', () => {
  it('knows why a step of its own ended, and asks nothing of the codes of others', () => {
    const process = 'process "/bin/sh -c /dev/pipes/KILN_PIP" did not complete successfully'
    const error = { code: 2, message: process, line: 2, exitCode: 84 }
    const own = explainDaemonError(error, 'building', { ...plan, packages: true })
    expect(own).toMatchObject({ code: 'packages_python_managed', exitCode: 84 })
    expect(own.message).not.toContain('/dev/pipes')
    expect(explainDaemonError(error, 'building', plan)).toMatchObject({ code: 'step_failed' })
    const other = { ...error, exitCode: 1 }
    const failed = explainDaemonError(other, 'building', { ...plan, packages: true })
    expect(failed).toMatchObject({ code: 'step_failed', exitCode: 1 })
  })

  it('takes off the lines that were added in front', () => {
    const failure = explain('process "sh" did not complete successfully: exit code: 3', {
      line: 4,
      exitCode: 3,
    })
    expect(failure).toMatchObject({ code: 'step_failed', line: 3, exitCode: 3 })
    expect(
      explain('dockerfile parse error on line 6: unknown instruction: FOO', { line: 6 }),
    ).toMatchObject({
      code: 'dockerfile_invalid',
      line: 5,
      message: 'dockerfile parse error on line 5: unknown instruction: FOO',
    })
  })

  it.each([
    [
      'failed to compute cache key: failed to calculate checksum of ref x: "/a": not found',
      'source_not_found',
    ],
    ['h/a:1: failed to resolve source metadata for h/a:1: h/a:1: not found', 'base_not_found'],
    [
      'h/a:1: failed to resolve source metadata for h/a:1: dial tcp: i/o timeout',
      'base_unavailable',
    ],
    ['lstat /no/such/file: no such file or directory', 'source_not_found'],
    ['process "sh" did not complete successfully: unable to find user x', 'step_failed'],
    [
      'failed to checkout remote https://h.io/a.git: git stderr:\nfatal: reference is not a tree: a',
      'git_ref_not_found',
    ],
    [
      'failed to fetch remote https://h.io/a.git: git stderr:\nfatal: unable to access',
      'git_unavailable',
    ],
    ['device nvidia.com/gpu=0 is requested by the build but not allowed', 'build_refused'],
    ['lint violation found for rules: MaintainerDeprecated', 'dockerfile_invalid'],
    ['failed to push h/a: unexpected status from PUT request: 500', 'push_failed'],
  ])('%s', (message, code) => expect(explain(message).code).toBe(code))

  it('finds the line by the name of the step when the daemon gives none', () => {
    expect(explain('exit code: 2', { exitCode: 2, step: '[2/2] RUN make' })).toMatchObject({
      line: 2,
    })
  })

  it('takes a place in the Dockerfile where no step failed for a mistake in the Dockerfile', () => {
    expect(explain('unterminated heredoc', { line: 2 }).code).toBe('dockerfile_invalid')
    expect(explain('whatever', { line: 2, step: '[2/2] RUN make' }).code).toBe('build_refused')
  })

  it.each([
    ['failed to load LLB: network.host is not allowed', 'RUN --network=host x'],
    ['failed to load LLB: security.insecure is not allowed', 'RUN --security=insecure x'],
    [
      'failed to load LLB: required device "v/d=0" is not registered',
      'RUN --device=v/d=0,required x',
    ],
    ['invalid stage index 2', 'COPY --from=2 /x /x'],
    ['failed to calculate checksum of ref x::y: "/no/file": not found', 'COPY a no/file /there/'],
  ])('finds the line by what is named: %s', (message, instruction) => {
    const dockerfile = `FROM a\nRUN true\n${instruction}\n`
    const failure = explainDaemonError({ code: 2, message }, 'building', {
      ...plan,
      dockerfile,
      added_lines: 0,
    })
    expect(failure.line).toBe(3)
  })

  it('finds the line by the source that was denied', () => {
    const url = 'http://10.0.0.1/x'
    const denied = `failed to load LLB: source "${url}" denied by policy: source denied by policy`
    const dockerfile = `FROM a\nRUN make\nADD ${url} /x\n`
    const failure = explainDaemonError({ code: 2, message: denied }, 'building', {
      ...plan,
      dockerfile,
      added_lines: 0,
    })
    expect(failure).toMatchObject({ code: 'source_denied', line: 3 })
  })

  it('finds the line of a RUN that was silent for too long', () => {
    expect(explainError(new Silence('[2/2] RUN make', 60), 'building', plan)).toEqual({
      code: 'stage_timeout',
      message: 'RUN printed nothing for 60 s',
      stage: 'building',
      line: 2,
    })
  })

  it.each([
    ['memory', {}, 'out_of_memory', 'it may use 2GiB ('],
    ['memory', { memory: 1.5 * 1024 ** 3 }, 'out_of_memory', 'it may use 1.5GiB ('],
    ['processes', {}, 'too_many_processes', 'may have 70 at once ('],
  ] as const)('tells a step that was held to its limit of %s %j', (limit, own, code, words) => {
    const details = { line: 4, exitCode: 2, step: '[2/2] RUN make' }
    const error = new BuildkitError('Solve', 2, 'process "make" did not end', details)
    const limits = { memory: 2 * 1024 ** 3, processes: 70, findHit: async () => limit }
    const ran = examplePlan({ limits: own }, { added_lines: 1 })
    const failure = explainError(new LimitReached(limit, limits, error), 'building', ran)
    expect(failure).toMatchObject({ code, line: 3, exitCode: 2 })
    expect(failure.message).toContain(`${words}process "make" did not end)`)
  })

  it('tells a killed step, a lost daemon, a failed verification and a failed push apart', () => {
    expect(explain('exit code: 137', { exitCode: 137 }).code).toBe('step_failed')
    expect(explain('Connection dropped', { code: 14 }, 'verifying').code).toBe('builder_lost')
    expect(explain('exit code: 1', { exitCode: 1 }, 'verifying').code).toBe('verification_failed')
    expect(explain('whatever', {}, 'pushing').code).toBe('push_failed')
  })

  it('tells of a full disk where it was full, and nothing of the paths on the node', () => {
    const reason = 'write /var/kiln/cache.db: no space left on device'
    const cause = new BuildkitError('Solve', 8, reason, { line: 3, step: '[2/2] RUN make' })
    const error = new DiskFull('the disk of the node was full: 0 B of 1.0 GiB free', { cause })
    expect(explainError(error, 'building', plan)).toEqual({
      code: 'disk_full',
      message: 'the disk of the node was full: 0 B of 1.0 GiB free',
      line: 2,
    })
  })

  it('tells what the server has against the evidence, and that an attempt is over', () => {
    const refuse = (status: number, code: string, detail?: string) =>
      explainError(
        new ControlPlaneError('PUT evidence', status, { code, ...(detail && { detail }) }),
        'verifying',
        plan,
      )
    const detail = 'the attempt has lost its GPU'
    expect(refuse(422, 'evidence_invalid', detail)).toEqual({
      code: 'evidence_refused',
      message: detail,
    })
    expect(refuse(422, 'evidence_invalid').code).toBe('evidence_refused')
    expect(refuse(409, 'stale_attempt').code).toBe('stale_attempt')
    expect(refuse(500, 'internal').code).toBe('internal')
  })

  it('never tells the secret of the registry', () => {
    expect(explain('401 for u:hunter2hunter2 at h').message).toBe('401 for u:*** at h')
  })
})
