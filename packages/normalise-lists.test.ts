import { describe, expect, it } from 'vitest'
import { packageLists } from '#contract/wire/packages.ts'
import { normaliseLists } from './normalise-lists.ts'

const normalise = (lists: object) => normaliseLists(packageLists.parse(lists))

describe('normaliseLists', () => {
  it('sorts, writes each item in one way and keeps it once', () => {
    const { lists, problems } = normalise({
      apt: ['jq', 'g++', 'curl=7.88.1-10+deb12u8', 'jq', 'libc6:arm64'],
      pip: ['Six', 'numpy >=1, <2', 'numpy<2,>=1'],
      conda: ['Numpy >=1.2', 'python=3.11', 'blas=1.0=mkl'],
      conda_channels: ['pytorch/label/dev', 'conda-forge', 'pytorch/label/dev'],
    })
    expect(problems).toEqual([])
    expect(lists).toEqual({
      apt: ['curl=7.88.1-10+deb12u8', 'g++', 'jq', 'libc6:arm64'],
      pip: ['numpy<2,>=1', 'six'],
      pip_constraints: [],
      conda: ['blas=1.0=mkl', 'numpy>=1.2', 'python=3.11'],
      conda_channels: ['pytorch/label/dev', 'conda-forge'],
    })
  })

  it.each([
    ['apt', 'bash-', 'would remove'],
    ['apt', 'jq; id', 'no package of apt'],
    ['apt', 'jq && id', 'no package of apt'],
    ['apt', '$(id)', 'no package of apt'],
    ['apt', '`id`', 'no package of apt'],
    ['apt', 'jq|id', 'no package of apt'],
    ['apt', 'jq>x', 'no package of apt'],
    ['apt', 'jq*', 'no package of apt'],
    ['apt', 'task^', 'no package of apt'],
    ['apt', 'JQ', 'no package of apt'],
    ['apt', 'j', 'no package of apt'],
    ['apt', 'jq curl', 'no package of apt'],
    ['apt', 'jq\nid', 'line break'],
    ['apt', 'jq\r', 'line break'],
    ['apt', 'jq\0', 'control character'],
    ['apt', 'jq\\', 'backslash'],
    ['apt', '-y', 'is an option'],
    ['apt', '--force-yes', 'is an option'],
    ['apt', './jq.deb', 'is a path'],
    ['apt', 'jq/sid', 'is a path'],
    ['apt', 'https://example.org/a.deb', 'is an address'],
    ['apt', 'jq\u00a0', 'not ASCII'],
    ['apt', 'ｊｑ', 'not ASCII'],
    ['conda', 'numpy; id', 'no package of conda'],
    ['conda', 'numpy[build=x]', 'no package of conda'],
    ['conda', 'conda-forge::numpy', 'names a channel'],
    ['conda', 'https://example.org/a.conda', 'is an address'],
    ['conda', '--channel=x', 'is an option'],
    ['conda', 'a=1|2', 'no package of conda'],
    ['conda', '@EXPLICIT', 'is an address'],
    ['conda_channels', 'https://example.org/x', 'is an address'],
    ['conda_channels', '../x', 'no name of a channel'],
    ['conda_channels', 'a//b', 'no name of a channel'],
    ['conda_channels', '-c', 'no name of a channel'],
    ['conda_channels', 'a b', 'no name of a channel'],
  ] as const)('names the item of %s that it refuses: %j', (list, text, why) => {
    const good = { apt: ['jq'], pip: ['six'], conda: ['numpy'], conda_channels: ['main'] }
    const { problems } = normalise({ ...good, [list]: [...good[list], text] })
    expect(problems).toEqual([
      { field: `packages.${list}[1]`, message: expect.stringContaining(why) },
    ])
  })

  it('names each of several, and takes ten thousand', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `package-${index}==1.${index}`)
    expect(normalise({ pip: many })).toMatchObject({ problems: [] })
    many[4321] = 'a b'
    many[9999] = '-r x'
    expect(normalise({ pip: many }).problems.map(({ field }) => field)).toEqual([
      'packages.pip[4321]',
      'packages.pip[9999]',
    ])
  })

  it('refuses channels that nothing is taken from', () => {
    expect(normalise({ apt: ['jq'], conda_channels: ['main'] }).problems).toEqual([
      { field: 'packages.conda_channels', message: 'channels without packages of conda' },
    ])
  })
})
