import { array, assert, oneof, property, string, stringMatching } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PackageLists } from '#contract/packages.ts'
import { checkDockerfile } from '../dockerfile/check.ts'
import { parseDockerfile } from '../dockerfile/parse.ts'
import { composeDockerfile } from './compose-dockerfile.ts'
import { normaliseLists } from './normalise-lists.ts'

const base = {
  name: 'team/base:1',
  user: '',
  cacheScope: '0123456789abcdef',
}
const none: PackageLists = {
  apt: [],
  pip: [],
  pip_constraints: [],
  conda: [],
  conda_channels: [],
}
const all: PackageLists = {
  ...none,
  apt: ['jq'],
  pip: ['six'],
  conda: ['numpy'],
  conda_channels: ['conda-forge'],
}

const instructions = (dockerfile: string) =>
  parseDockerfile(dockerfile)
    .getInstructions()
    .map((one) => one.getKeyword())

/** The lists without the items that are refused. */
function takeWhatMayBe(
  submitted: Readonly<Record<'apt' | 'pip' | 'conda' | 'conda_channels', string[]>>,
) {
  const refused = new Set(normaliseLists(submitted).problems.map(({ field }) => field))
  const good = (name: keyof typeof submitted) =>
    submitted[name].filter((_, index) => !refused.has(`packages.${name}[${index}]`))
  const conda = good('conda')
  const channels = conda.length === 0 ? [] : good('conda_channels')
  const rest = { apt: ['jq', ...good('apt')], pip: good('pip') }
  const { lists, problems } = normaliseLists({ ...rest, conda, conda_channels: channels })
  expect(problems).toEqual([])
  return lists
}

describe('composeDockerfile', () => {
  it('puts apt before conda before pip, and writes what a builder reads', () => {
    const { dockerfile, files } = composeDockerfile(all, base)
    expect(checkDockerfile(dockerfile)).toEqual([])
    expect(instructions(dockerfile)).toEqual(['FROM', 'RUN', 'RUN', 'RUN'])
    expect(Array.from(dockerfile.matchAll(/<<KILN_(\w+)/g), ([, kind]) => kind)).toEqual([
      'APT',
      'CONDA',
      'PIP',
    ])
    expect(files).toMatchObject({
      'apt/packages': 'jq\n',
      'pip/requirements': 'six\n',
      'conda/packages': 'numpy\n',
      'conda/channels': 'conda-forge\n',
    })
  })

  it('gives the image back to its user, and leaves alone what runs as root', () => {
    const ofUser = composeDockerfile(all, { ...base, user: 'jovyan:100' }).dockerfile
    expect(instructions(ofUser)).toEqual(['FROM', 'USER', 'RUN', 'RUN', 'RUN', 'USER'])
    expect(ofUser.endsWith('\nUSER jovyan:100\n')).toBe(true)
    for (const user of ['', 'root', '0', '0:0', 'root:root']) {
      expect(instructions(composeDockerfile(all, { ...base, user }).dockerfile)).not.toContain(
        'USER',
      )
    }
  })

  it('has pip look where builds for one CUDA are, when one is asked for, and nowhere else', () => {
    const torch = 'https://torch.example/whl'
    const config = (pip: string[], mirrors: object) =>
      composeDockerfile({ ...none, pip }, base, mirrors).files['pip/pip.conf']
    const wanted = ['torch==2.7.1+cu118', 'torchvision==0.22.1+cu118 ; python_version > "3.8"']
    expect(config(wanted, { torch })).toBe(`[global]\nextra-index-url = ${torch}/cu118\n`)
    expect(config(['six', 'torch==2.7.1', 'a==1+local', 'b==1+cu1/2'], { torch })).toBeUndefined()
    expect(config(wanted, {})).toBeUndefined()
    expect(config(['six'], { pip: 'http://pip.example/simple', torch })).toBe(
      '[global]\nindex-url = http://pip.example/simple\ntrusted-host = pip.example\n',
    )
    expect(config(wanted, { pip: 'http://m.example/simple', torch: 'http://m.example/whl' })).toBe(
      '[global]\nindex-url = http://m.example/simple\nextra-index-url = http://m.example/whl/cu118\ntrusted-host = m.example\n',
    )
  })

  it('holds the frameworks of the base, unless one is asked for by name', () => {
    const held = (pip: string[]) =>
      composeDockerfile({ ...none, pip }, base).files['pip/held']?.split('\n') ?? []
    const holds = (patterns: readonly string[], line: string) =>
      patterns.filter((one) => one !== '').some((one) => new RegExp(one, 'i').test(line))
    const usual = held(['six'])
    const lines = [
      'torch==2.1.0+cu118',
      'pytorch_triton==1',
      'nvidia-cublas-cu12==12.1',
      'nvidia_cudnn_cu12==9',
      'tensorflow==2.15.0',
      'jax-cuda12-plugin==0.4',
      'cupy-cuda12x==13',
    ]
    expect(lines.filter((line) => !holds(usual, line))).toEqual([])
    expect(holds(usual, 'torchmetrics==1.0')).toBe(false)
    expect(holds(usual, 'numpy==1.0')).toBe(false)
    const withVision = held(['torchvision==0.20.0'])
    expect(holds(withVision, 'torch==2.1.0')).toBe(true)
    expect(holds(withVision, 'nvidia-cublas-cu12==12.1')).toBe(true)
    expect(holds(withVision, 'torchvision==0.16.0')).toBe(false)
    const withTorch = held(['torch==2.3.0'])
    expect(holds(withTorch, 'torch==2.1.0')).toBe(false)
    expect(holds(withTorch, 'nvidia-cublas-cu12==12.1')).toBe(false)
    expect(holds(withTorch, 'tensorflow==2.15.0')).toBe(true)
  })

  it('writes the same steps whatever the lists hold: 100,000 random items reach no RUN', () => {
    const fixed = new Map<string, string>()
    const hostile = oneof(
      string({ maxLength: 40 }),
      string({ unit: 'binary', maxLength: 40 }),
      stringMatching(/^[a-z0-9;|&$`(){}<>"'\\\n\r\t =#~!*?[\]@:/+.,_-]{1,30}$/),
      stringMatching(/^[a-z][a-z0-9.+-]{1,12}(?:==?[0-9][a-z0-9.+-]{0,8})?$/),
    )
    const list = array(hostile, { minLength: 20, maxLength: 30 })
    let items = 0
    let taken = 0
    const reachesNoRun = property(list, list, list, list, (apt, pip, conda, channels) => {
      items += apt.length + pip.length + conda.length + channels.length
      const lists = takeWhatMayBe({ apt, pip, conda, conda_channels: channels })
      taken += lists.apt.length + lists.pip.length + lists.conda.length
      const { dockerfile, files } = composeDockerfile(lists, base)
      const shape = [lists.apt, lists.pip, lists.conda].map(({ length }) => length > 0).join()
      const known = fixed.get(shape) ?? dockerfile
      fixed.set(shape, known)
      expect(dockerfile).toBe(known)
      for (const text of Object.values(files)) expect(text).toMatch(/^[\u0020-\u007e\n]*$/)
      for (const item of [...lists.apt, ...lists.conda, ...lists.conda_channels]) {
        expect(item).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.:=<>!~,*+/-]*$/)
      }
      for (const item of lists.pip) {
        expect(item).toMatch(
          /^[a-z0-9][A-Za-z0-9_.,=<>!~*+[\]-]*(?: ; [A-Za-z0-9_.+* "=<>!~()-]+)?$/,
        )
      }
    })
    assert(reachesNoRun, { numRuns: 1_200 })
    expect(items).toBeGreaterThan(100_000)
    expect(taken).toBeGreaterThan(10_000)
  }, 120_000)
})
