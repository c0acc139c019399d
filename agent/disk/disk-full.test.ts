import { expect, it } from 'vitest'
import { BuildkitError } from '../buildkit/error.ts'
import { ContextUnavailable } from '../contexts/context-unavailable.ts'
import { DaemonUnavailable } from '../daemon/daemon-pool.ts'
import { isForLackOfSpace } from './disk-full.ts'

const nothing = { wasLow: false, wasFull: false, saidSo: false }
const low = { ...nothing, wasLow: true }
const full = { ...low, wasFull: true }
const failed = (reason: string, code = 2, details = {}) =>
  new BuildkitError('/moby.buildkit.v1.Control/Solve', code, reason, details)
const exited = (exitCode: number, command = 'make') =>
  failed(`process "sh -c ${command}" did not complete successfully: exit code: ${exitCode}`, 2, {
    exitCode,
  })
const errno = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })

it.each([
  ['a step that failed', exited(1), nothing, false],
  ['a step that failed on a low disk', exited(1), low, false],
  ['a step that failed on a full disk', exited(1), full, true],
  ['a step that said so on a low disk', exited(1), { ...low, saidSo: true }, true],
  ['a step that said so on a disk with room', exited(1), { ...nothing, saidSo: true }, false],
  ['a step whose command has the words', exited(1, 'echo no space left on device'), low, false],
  ['a step that was killed', exited(137), full, false],
  [
    'the daemon that cannot write',
    failed('failed to read dockerfile: write /r/cache.db: no space left on device', 8),
    nothing,
    true,
  ],
  ['a message that is too large', failed('received message larger than max', 8), full, false],
  ['git on a low disk', failed('git stderr:\nfatal: write: No space left on device'), low, true],
  ['a host that says so', failed('500: No space left on device'), nothing, false],
  ['another error on a full disk', failed('"/a": not found'), full, false],
  ['a context', new ContextUnavailable('could not store it', { cause: errno }), nothing, true],
  ['a daemon', new DaemonUnavailable('no answer', { cause: errno }), nothing, true],
  ['a daemon for another reason', new DaemonUnavailable('no answer'), full, false],
])('%s', (_, error, seen, expected) => expect(isForLackOfSpace(error, seen)).toBe(expected))
