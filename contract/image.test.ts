import { describe, expect, it } from 'vitest'
import {
  digestOfPinned,
  parseLibraryName,
  parseReference,
  placeOfPinned,
  wholeName,
} from './image.ts'

describe('parseLibraryName', () => {
  it.each([
    ['app', { repository: 'app', tag: 'latest' }],
    ['team/my-app:1.0', { repository: 'team/my-app', tag: '1.0' }],
    ['ubuntu20-pytorch:2.0', { repository: 'ubuntu20-pytorch', tag: '2.0' }],
    ['app:cuda-v12.2', { repository: 'app', tag: 'cuda-v12.2' }],
  ])('splits %s', (name, expected) => expect(parseLibraryName(name)).toEqual(expected))

  it.each([
    'cache',
    'cache/team/app:1',
    'app:1.0-v3',
    'App',
    'a//b',
    '../a',
    'a:b:c',
    'a@sha256:00',
    '-a',
    'a ',
    'а',
    'a'.repeat(257),
    '',
  ])('refuses %j', (name) => expect(parseLibraryName(name)).toBeUndefined())
})

describe('parseReference', () => {
  const digest = `sha256:${'0'.repeat(64)}`
  it.each([
    ['debian:12', undefined, 'debian', '12', undefined],
    ['localhost:5000/a/b', 'localhost:5000', 'a/b', undefined, undefined],
    [`127.0.0.1:5055/x@${digest}`, '127.0.0.1:5055', 'x', undefined, digest],
    ['ghcr.example/a/b:1', 'ghcr.example', 'a/b', '1', undefined],
  ])('splits %s', (text, registry, repository, tag, pinned) =>
    expect(parseReference(text)).toEqual({ registry, repository, tag, digest: pinned }),
  )
})

it.each([
  ['debian', 'docker.io/library/debian:latest'],
  ['docker.io/debian:12', 'docker.io/library/debian:12'],
  ['team/app:1', 'docker.io/team/app:1'],
  ['h:1/app', 'h:1/app:latest'],
  [`app@sha256:${'0'.repeat(64)}`, `docker.io/library/app@sha256:${'0'.repeat(64)}`],
])('%s is %s in full', (reference, whole) => expect(wholeName(reference)).toBe(whole))

it.each(['127.0.0.1:5055/kiln/app', 'docker.io/library/debian', 'ghcr.example/a/b:1'])(
  'a reference that is pinned at %s is that place and a digest',
  (place) => {
    const digest = `sha256:${'0'.repeat(64)}`
    expect(digestOfPinned(`${place}@${digest}`)).toBe(digest)
    expect(placeOfPinned(`${place}@${digest}`)).toBe(place)
  },
)
