import { describe, expect, it } from 'vitest'
import type { ImageContents } from '#contract/image-contents.ts'
import { diffConfigs, diffLayers } from './diff-contents.ts'
import { diffLists } from './diff-lists.ts'

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
