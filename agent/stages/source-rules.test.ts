import { expect, it } from 'vitest'
import { examplePlan } from '../../test/example-plan.ts'
import { parseEgress } from '../network/egress.ts'
import { allowExactly, imageRules, sourceRules } from './source-rules.ts'

/** As the daemon decides: the last rule that matches. */
const decide = (identifier: string, allowed = '') =>
  sourceRules(parseEgress(allowed)).findLast(({ pattern }) => new RegExp(pattern).test(identifier))
    ?.action ?? 'allow'

it.each([
  'http://127.0.0.1/',
  'http://127.1:80/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0.0.0.0/x',
  'http://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'http://localhost/',
  'http://LOCALHOST:80/',
  'http://169.254.169.254/latest/meta-data',
  'http://10.0.0.1/',
  'http://user@127.0.0.1/',
  'http://example.com@127.0.0.1/',
  'http://example.com:8080/',
  'git://127.0.0.1/x.git',
  'git://localhost/x.git',
])('denies %s', (identifier) => expect(decide(identifier)).toBe('deny'))

it.each([
  'https://example.com/file.tgz',
  'http://deb.example.org:80/debian/',
  'https://files.example.com',
  'git://github.example/a/b.git#main',
  'docker-image://127.0.0.1:5055/base/busybox:1.35',
])('allows %s', (identifier) => expect(decide(identifier)).toBe('allow'))

it('allows one source exactly', () => {
  const { pattern } = allowExactly('http://127.0.0.1:80/a_b-c/x.tar')
  expect(new RegExp(pattern).test('http://127.0.0.1:80/a_b-c/x.tar')).toBe(true)
  for (const other of ['http://127.0.0.1:80/a_b-c/x.tarr', 'http://127x0.0.1:80/a_b-c/x.tar']) {
    expect(new RegExp(pattern).test(other)).toBe(false)
  }
})

it.each([
  ['http://10.1.2.3:3141/simple', 'allow'],
  ['http://10.1.2.3/simple', 'deny'],
  ['http://10.1.2.3:3142/', 'deny'],
  ['http://10a1.2.3:3141/', 'deny'],
  ['https://mirror/debian', 'allow'],
  ['https://mirror:443/debian', 'allow'],
  ['http://mirror/debian', 'deny'],
  ['https://mirror:8443/', 'deny'],
  ['http://any:8080/', 'allow'],
])('with an allow-list: %s is %s', (identifier, action) =>
  expect(decide(identifier, '10.1.2.3:3141,mirror:443,any')).toBe(action),
)

it('lets a build read of the own registry only what was pinned for it', () => {
  const pinned = 'h:1/kiln/mine@sha256:00'
  const plan = examplePlan({}, { bases: [{ reference: 'mine', pinned }] })
  const isAllowed = (identifier: string) =>
    imageRules(plan).findLast(({ pattern }) => new RegExp(pattern).test(identifier))?.action !==
    'deny'
  expect(isAllowed(`docker-image://${pinned}`)).toBe(true)
  expect(isAllowed('docker-image://docker.io/library/debian:12')).toBe(true)
  for (const other of ['h:1/kiln/mine:1', 'h:1/kiln/other@sha256:00', `${pinned}0`]) {
    expect(isAllowed(`docker-image://${other}`)).toBe(false)
  }
})
