import { expect, it } from 'vitest'
import { BuildkitError } from '../buildkit/error.ts'
import { ControlPlaneError } from '../control-plane.ts'
import { explainStart, NotStarted } from './explain.ts'
import { UnknownUser } from './resolve-user.ts'

const runc = (text: string) =>
  new NotStarted(`runc run failed: unable to start container process: ${text}`)

it.each([
  [
    runc('error during container init: exec: "nope": executable file not found in $PATH'),
    { reason: 'program_not_found', message: 'nope cannot be executed in the image' },
  ],
  [
    runc('error during container init: exec: "/etc": is a directory'),
    { reason: 'program_not_found', message: '/etc cannot be executed in the image' },
  ],
  [
    runc('error during container init: chdir to cwd ("/etc/passwd") set in config.json failed'),
    {
      reason: 'image_unusable',
      message: 'the working directory of the image is not a folder',
    },
  ],
  [runc('error mounting "/host/secret/path"'), { reason: 'runtime_failed' }],
  [
    new UnknownUser('the image has no user x'),
    { reason: 'image_unusable', message: 'the image has no user x' },
  ],
  [new BuildkitError('/Solve', 5, 'r/x@sha256:0: not found'), { reason: 'image_gone' }],
  [new BuildkitError('/Solve', 2, 'connection refused'), { reason: 'registry_unavailable' }],
  [new ControlPlaneError('POST', 409, { code: 'stale_start' }), { reason: 'stop_requested' }],
  [new ControlPlaneError('POST'), { reason: 'internal' }],
  [new Error('/secret/path'), { reason: 'runtime_failed' }],
])('tells of %s who must act, and nothing of the node', (error, explained) => {
  expect(explainStart(error)).toEqual(explained)
})
