import { describe, expect, it } from 'vitest'
import type { ImageFacts } from '#contract/image-facts.ts'
import { classifyNode, type NodeClass } from '../cuda/verdict/node-class.ts'
import { explainWarning } from './package-warnings.ts'
import { warnMisfits } from './warn-misfits.ts'

const base = (cuda: string, python: string): ImageFacts => ({
  platform: { os: 'linux', arch: 'amd64' },
  libc: { kind: 'glibc', version: '2.35' },
  toolkit: { version: cuda, source: '/usr/local/cuda/version.json', nvcc: true },
  libraries: [],
  frameworks: [],
  code: [],
  compat: [],
  stubs: [],
  driver_files: [],
  env: {},
  steering: [],
  pythons: [python],
  truncated: false,
})

function node(name: string, driver: string): NodeClass {
  const found = classifyNode({ name, driver, memoryBytes: 80 * 1024 ** 3 }, 'x64')
  if (found === undefined) throw new Error(`nobody knows ${name}`)
  return found
}

const h100 = node('NVIDIA H100 80GB HBM3', '570.86.15')
const codes = (requirement: string, facts: ImageFacts, fleet: readonly NodeClass[] = [h100]) =>
  warnMisfits([requirement], { facts, fleet }).map(({ code, params }) => [code, params['fit']])

describe('warnMisfits', () => {
  it('says nothing of what fits, of what the tables do not know, and of other packages', () => {
    expect(codes('torch==2.6.0', base('12.4', '3.11'))).toEqual([])
    expect(codes('torch==99.0', base('12.4', '3.11'))).toEqual([])
    expect(codes('torchmetrics==1.0', base('11.8', '3.6'))).toEqual([])
    expect(warnMisfits(['torch'], { facts: undefined, fleet: [h100] })).toEqual([])
  })

  it('names a build for the CUDA of the base', () => {
    expect(codes('torch==2.6.0', base('11.8', '3.11'))).toEqual([
      ['FRAMEWORK_OTHER_CUDA', 'torch==2.7.1+cu118'],
    ])
    expect(codes('torch==2.6.0+cu118', base('11.8', '3.11'))).toEqual([])
    const tensorflow = codes('tensorflow>=2.15,<2.16', base('11.8', '3.11'))
    expect(tensorflow).toContainEqual(['FRAMEWORK_OTHER_CUDA', 'tensorflow==2.14.1'])
  })

  it('names a build for the Python of the base', () => {
    expect(codes('torch==2.6.0', base('12.4', '3.8'))).toEqual([
      ['FRAMEWORK_OTHER_PYTHON', 'torch==2.4.1'],
    ])
    // An open requirement means the newest that there is for that Python.
    expect(codes('torch', base('12.4', '3.8'))).toEqual([])
  })

  it('names a build for the GPUs of the farm, and says so in two languages', () => {
    const v100 = node('Tesla V100-SXM2-32GB', '535.183.01')
    const [warning] = warnMisfits(['torch==2.15.0'], { facts: base('13.0', '3.12'), fleet: [v100] })
    expect(warning).toMatchObject({ code: 'FRAMEWORK_ON_NO_GPU' })
    if (warning === undefined) throw new Error('nothing is said')
    const { message, fix } = explainWarning(warning, 'en')
    expect(message).toContain('runs on no GPU of this farm')
    expect(fix).toMatch(/torch==2\.\d+\.\d+/)
    expect(message + fix + explainWarning(warning, 'zh').message).not.toMatch(/\{\w+\}/)
  })
})
