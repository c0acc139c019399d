import { describe, expect, it } from 'vitest'
import { packageLists } from '#contract/wire/packages.ts'
import { normaliseLists } from '../normalise-lists.ts'

const normalise = (lists: object) => normaliseLists(packageLists.parse(lists))
const lines = (...all: string[]) => `${all.join('\n')}\n`

describe('requirements.txt', () => {
  it('takes a requirement a line, with comments and any line ends', () => {
    const requirements = '# ours\r\nnumpy>=1.26  # arrays\r\n\r\n\tsix\r\n'
    expect(normalise({ requirements })).toMatchObject({
      lists: { pip: ['numpy>=1.26', 'six'] },
      problems: [],
    })
  })

  it('names the line of what it refuses', () => {
    const requirements = lines(
      'numpy',
      '-r more.txt',
      '--index-url https://example.org/simple',
      'six==1.16.0 --hash=sha256:00',
      'a @ https://example.org/a.whl',
      'pandas \\',
    )
    const { problems } = normalise({ requirements, pip: ['-x'] })
    expect(problems.map(({ field, line }) => [field, line])).toEqual([
      ['packages.requirements', 4],
      ['packages.requirements', 6],
      ['packages.pip[0]', undefined],
      ['packages.requirements', 2],
      ['packages.requirements', 3],
      ['packages.requirements', 5],
    ])
  })
})

describe('environment.yml', () => {
  it('takes channels, packages and those of pip', () => {
    const environment = lines(
      'name: mine',
      'channels: [conda-forge, pytorch]',
      'dependencies:',
      '  - python=3.11',
      '  - numpy >=1.26',
      '  - pip:',
      '      - Six',
    )
    expect(normalise({ environment })).toEqual({
      lists: {
        apt: [],
        pip: ['six'],
        pip_constraints: [],
        conda: ['numpy>=1.26', 'python=3.11'],
        conda_channels: ['conda-forge', 'pytorch'],
      },
      problems: [],
    })
  })

  it.each([
    [lines('dependencies:', '  - numpy', '  - a; id'), 3],
    [lines('dependencies:', '  - pip:', '      - "-r x"'), 3],
    [lines('dependencies:', '  - npm:', '      - x'), 2],
    [lines('dependencies:', '  - [numpy]'), 2],
    [lines('channels:', '  - https://example.org/c', 'dependencies: [numpy]'), 2],
    [lines('variables:', '  A: b', 'dependencies: [numpy]'), 1],
    [lines('dependencies: numpy'), 1],
    [lines('- numpy'), 1],
    [lines('dependencies:', '  - "numpy'), 3],
    [lines('dependencies: &a', '  - numpy', '  - *a'), 3],
  ])('names the line of what it refuses: %j', (environment, line) => {
    const { problems } = normalise({ environment })
    expect(problems[0]).toMatchObject({ field: 'packages.environment' })
    expect(problems.map((one) => one.line)).toContain(line)
  })
})

describe('pyproject.toml with its lock', () => {
  const pyproject = lines(
    '[project]',
    'name = "mine"',
    'dependencies = [',
    '  "NumPy>=1.26",',
    '  "six",',
    ']',
  )

  it('takes the dependencies, at the versions of the lock', () => {
    const lock = lines(
      'version = 1',
      '[[package]]',
      'name = "numpy"',
      'version = "2.1.0"',
      'source = { registry = "https://example.org/simple" }',
      '[[package]]',
      'name = "mine"',
      'version = "0.1.0"',
      'source = { virtual = "." }',
      '[[package]]',
      'name = "forked"',
      'version = "1"',
      '[[package]]',
      'name = "forked"',
      'version = "2"',
    )
    expect(normalise({ pyproject, lock })).toMatchObject({
      lists: { pip: ['numpy>=1.26', 'six'], pip_constraints: ['numpy==2.1.0'] },
      problems: [],
    })
    const standard = lines('lock-version = "1.0"', '[[packages]]', 'name = "six"', 'version = "1"')
    expect(normalise({ pyproject, lock: standard }).lists.pip_constraints).toEqual(['six==1'])
  })

  it.each([
    [{ pyproject: pyproject.replace('"six"', '"six @ file:///x"') }, 'packages.pyproject', 5],
    [{ pyproject: lines('[project]', 'name = ') }, 'packages.pyproject', 2],
    [{ pyproject: lines('[tool.poetry]') }, 'packages.pyproject', undefined],
    [{ pyproject, lock: lines('x = 1') }, 'packages.lock', undefined],
    [
      { pyproject, lock: lines('[[package]]', 'name = "a"', 'version = "$(id)"') },
      'packages.lock',
      2,
    ],
    [{ lock: lines('[[package]]', 'name = "a"', 'version = "1"') }, 'packages.lock', undefined],
  ])('names the place of what it refuses: %j', (files, field, line) => {
    expect(normalise(files).problems).toMatchObject([{ field, ...(line && { line }) }])
  })
})
