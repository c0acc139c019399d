import { expect, it } from 'vitest'
import { isAway } from './push-patiently.ts'
import { BuildkitError } from '../buildkit/error.ts'
import { ControlPlaneError } from '../control-plane.ts'

const said = (reason: string) => new BuildkitError('Solve', 2, reason)

it.each([
  'failed to push h:1/a: unexpected status from HEAD request to http://h:1/v2/a/blobs/b: 503 Service Unavailable',
  'failed to push h:1/a: failed to do request: Put "http://h:1/v2/a": dial tcp 127.0.0.1:1: connect: connection refused',
  'failed to push h/a: failed to copy: read tcp 1.2.3.4:5->6.7.8.9:443: read: connection reset by peer',
  'failed to push h/a: failed to do request: Head "https://h/v2/": dial tcp: lookup h: no such host',
])('knows a registry that is away by what the daemon says: %s', (reason) => {
  expect(isAway(said(reason))).toBe(true)
})

it.each([
  'failed to push h:1/a: unexpected status from PUT request to http://h:1/v2/a/manifests/b: 403 Forbidden',
  'failed to push h:5000/a: server message: insufficient_scope: authorization failed',
  'process "/bin/sh -c exit 1" did not complete successfully: exit code: 1',
])('tells it from one that refuses, and from what the build did: %s', (reason) => {
  expect(isAway(said(reason))).toBe(false)
})

it('knows it by the login that the farm does not get', () => {
  const told = (code: string) => new ControlPlaneError('POST', 503, { code })
  expect(isAway(told('registry_unavailable'))).toBe(true)
  expect(isAway(told('unavailable'))).toBe(false)
  expect(isAway(new Error('connection refused'))).toBe(false)
})
