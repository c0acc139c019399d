import { describe, expect, it } from 'vitest'
import type { ImageContents } from '#contract/image-contents.ts'
import { listPackages } from './list-packages.ts'
import { diffConfigs, diffLayers } from './diff-contents.ts'
import { diffLists, pageOf } from './diff-lists.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const image = (letters: string, config: Partial<ImageContents['config']> = {}): ImageContents => ({
  manifestBytes: 500,
  configDigest: digest('0'),
  configBytes: 300,
  config: {
    os: 'linux',
    architecture: 'amd64',
    created: null,
    env: [],
    entrypoint: null,
    cmd: null,
    labels: {},
    user: '',
    workdir: '',
    ...config,
  },
  layers: letters.split('').map((letter) => ({
    digest: digest(letter),
    bytes: 10,
    mediaType: 'layer',
    madeBy: `RUN ${letter}`,
  })),
})

describe('the difference of two lists', () => {
  const changes = diffLists(
    new Map([
      ['numpy', '1.26'],
      ['torch', '2.4'],
      ['gone', '1'],
    ]),
    new Map([
      ['torch', '2.6'],
      ['numpy', '1.26'],
      ['new', '3'],
    ]),
  )

  it('names what was added, removed and changed, and nothing that is alike', () => {
    expect(changes).toEqual([
      { name: 'gone', change: 'removed', from: '1', to: null },
      { name: 'new', change: 'added', from: null, to: '3' },
      { name: 'torch', change: 'changed', from: '2.4', to: '2.6' },
    ])
  })

  it('is cut into pages by name, without loss', () => {
    const first = pageOf(changes, { limit: 2 })
    expect(first).toMatchObject({ next_cursor: 'new' })
    const second = pageOf(changes, { after: first.next_cursor, limit: 2 })
    expect([...first.changes, ...second.changes]).toEqual(changes)
    expect(second).not.toHaveProperty('next_cursor')
  })

  it('of packages keeps those of one name apart by kind and place', () => {
    const of = (version: string) =>
      listPackages({
        packages: [
          { kind: 'deb', name: 'python', version: '3' },
          { kind: 'python', name: 'numpy', version: '1', place: '/opt/a' },
          { kind: 'python', name: 'numpy', version, place: '/opt/b' },
        ],
        unread: [],
        truncated: false,
      })
    expect(diffLists(of('1'), of('2'))).toEqual([
      { name: 'python numpy /opt/b', change: 'changed', from: '1', to: '2' },
    ])
  })

  it('tells an empty value from one that is not there', () => {
    expect(diffLists(new Map([['a', '']]), new Map())).toMatchObject([
      { name: 'a', change: 'removed', from: '' },
    ])
  })
})

describe('the difference of two images', () => {
  it('has the variables, labels and settings that are not alike', () => {
    const one = image('a', { env: ['PATH=/bin', 'A=1=1'], labels: { team: 'x' }, user: 'root' })
    const two = image('a', { env: ['PATH=/bin', 'A=2'], cmd: ['sh', '-c'], user: 'root' })
    expect(diffConfigs(one.config, two.config)).toEqual({
      env: [{ name: 'A', change: 'changed', from: '1=1', to: '2' }],
      labels: [{ name: 'team', change: 'removed', from: 'x', to: null }],
      settings: [{ name: 'cmd', change: 'added', from: null, to: '["sh","-c"]' }],
    })
  })

  it('has the layers that only one of them has', () => {
    expect(diffLayers(image('abc'), image('abd'))).toMatchObject({
      shared: { count: 2, bytes: 20 },
      removed: [{ digest: digest('c'), made_by: 'RUN c' }],
      added: [{ digest: digest('d'), size: 10 }],
    })
  })
})
