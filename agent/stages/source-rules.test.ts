import { expect, it } from 'vitest'
import { examplePlan } from '../../test/example-plan.ts'
import type { SourceRule } from '../buildkit/source-policy.ts'
import { parseEgress } from '../network/egress.ts'
import { frontendAttrs } from './frontend-attrs.ts'
import { allowExactly, imageRules, sourceRules } from './source-rules.ts'

/** As the daemon decides: the last rule that matches. */
const lastMatch = (rules: readonly SourceRule[], identifier: string) =>
  rules.findLast((rule) => rule.action !== 'convert' && new RegExp(rule.pattern).test(identifier))
    ?.action ?? 'allow'
const decide = (identifier: string, allowed = '') =>
  lastMatch(sourceRules(parseEgress(allowed)), identifier)

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
  const rules: readonly SourceRule[] = [
    { action: 'deny', pattern: '' },
    allowExactly('http://127.0.0.1:80/a_b-c/x.tar'),
  ]
  expect(lastMatch(rules, 'http://127.0.0.1:80/a_b-c/x.tar')).toBe('allow')
  for (const other of ['http://127.0.0.1:80/a_b-c/x.tarr', 'http://127x0.0.1:80/a_b-c/x.tar']) {
    expect(lastMatch(rules, other)).toBe('deny')
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
  const isAllowed = (identifier: string) => lastMatch(imageRules(plan), identifier) === 'allow'
  expect(isAllowed(`docker-image://${pinned}`)).toBe(true)
  expect(isAllowed('docker-image://docker.io/library/debian:12')).toBe(true)
  for (const other of ['h:1/kiln/mine:1', 'h:1/kiln/other@sha256:00', `${pinned}0`]) {
    expect(isAllowed(`docker-image://${other}`)).toBe(false)
  }
})

it('pins a base that is called like a stage by a rule, which leaves the stage alone', () => {
  const plan = examplePlan(
    {},
    {
      dockerfile: 'FROM tool AS Tool\nFROM other\n',
      bases: [
        { reference: 'tool:latest', pinned: 'h:1/kiln/tool@sha256:00' },
        { reference: 'other', pinned: 'h:1/kiln/other@sha256:00' },
      ],
    },
  )
  expect(imageRules(plan).filter(({ action }) => action === 'convert')).toEqual([
    {
      action: 'convert',
      identifier: 'docker-image://docker.io/library/tool:latest',
      to: 'docker-image://h:1/kiln/tool@sha256:00',
    },
  ])
  const attrs = frontendAttrs(plan, 'building')
  expect(Object.keys(attrs).filter((key) => key.startsWith('context:'))).toEqual(['context:other'])
})
