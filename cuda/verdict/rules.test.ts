import { describe, expect, it } from 'vitest'
import type { ImageFacts } from '#contract/image-facts.ts'
import { exampleNodes, plainImage } from './fixtures/example-fleet.ts'
import { imageFindings } from './image-findings.ts'
import { judge } from './judge.ts'
import { classifyNode, type NodeClass, withDriver } from './node-class.ts'
import { meets } from './rules/requirements.ts'
import { compilesFor, fitOf, runsMachineCode } from './targets.ts'

function nodeOf(name: string, driver: string): NodeClass {
  const node = classifyNode({ name, driver, memoryBytes: 1 }, 'x86_64')
  if (node === undefined) throw new Error(name)
  return node
}

const t4 = nodeOf('Tesla T4', '525.85.12')
const h100 = nodeOf('NVIDIA H100 PCIe', '580.95.05')
const visible = { NVIDIA_VISIBLE_DEVICES: 'all', NVIDIA_DRIVER_CAPABILITIES: 'compute,utility' }

function base(version: string, more: Partial<ImageFacts> = {}): ImageFacts {
  return { ...plainImage, toolkit: { version, source: 'CUDA_VERSION', nvcc: false }, ...more }
}

function codes(facts: ImageFacts, node: NodeClass): readonly string[] {
  return judge(facts, node).reasons.map(({ severity, code }) => `${severity}:${code}`)
}

describe('driver', () => {
  it.each([
    // A newer driver runs every older CUDA.
    ['Tesla T4', '580.95.05', '10.2', []],
    ['Tesla T4', '525.85.12', '12.0', []],
    ['Tesla T4', '525.60.13', '12.9', ['note:DRIVER_MINOR_COMPAT']],
    ['Tesla T4', '450.80.02', '11.8', ['note:DRIVER_MINOR_COMPAT']],
    // In front of the floor of its family there is no promise.
    ['Tesla T4', '450.51.06', '11.8', ['error:DRIVER_TOO_OLD']],
    ['Tesla T4', '515.48.07', '12.0', ['error:DRIVER_TOO_OLD']],
    ['Tesla T4', '418.39', '10.2', ['error:DRIVER_TOO_OLD']],
    ['Tesla V100-SXM2-16GB', '590.48.01', '12.9', ['error:GPU_DROPPED_BY_DRIVER']],
    ['Tesla V100-SXM2-16GB', '580.95.05', '12.9', []],
  ])('judges %s with driver %s and CUDA %s', (gpu, driver, cuda, expected) => {
    expect(codes(base(cuda), nodeOf(gpu, driver))).toEqual(expected)
  })

  const compat = { path: 'usr/local/cuda-12.8/compat/libcuda.so.570.26', driver: '570.26' }
  it.each([
    ['Tesla T4', '535.54.03', '13.0', compat, 'error:DRIVER_TOO_OLD'],
    ['Tesla T4', '470.82.01', '12.8', compat, 'unsure:NEEDS_FORWARD_COMPAT'],
    ['NVIDIA GeForce RTX 3090', '470.82.01', '12.8', compat, 'error:DRIVER_TOO_OLD'],
    [
      'Tesla T4',
      '470.82.01',
      '12.8',
      { ...compat, branches: [470, 535] },
      'unsure:NEEDS_FORWARD_COMPAT',
    ],
    ['Tesla T4', '515.48.07', '12.8', { ...compat, branches: [470, 535] }, 'error:DRIVER_TOO_OLD'],
  ])(
    'judges %s with driver %s, CUDA %s and the compat library %j',
    (gpu, driver, cuda, library, expected) => {
      expect(codes(base(cuda, { compat: [library] }), nodeOf(gpu, driver))).toEqual([expected])
    },
  )
})

describe('code', () => {
  it.each([
    ['80', '8.0', true],
    ['80', '8.9', true],
    ['86', '8.0', false],
    ['80', '9.0', false],
    ['90a', '9.0', true],
    ['100a', '10.3', false],
    ['100f', '10.0', true],
    ['100f', '10.3', true],
    ['100f', '11.0', false],
    ['100f', '12.0', false],
    ['120f', '12.1', true],
    ['nonsense', '8.0', false],
  ])('runs machine code sm_%s on %s: %s', (target, capability, expected) => {
    expect(runsMachineCode(target, capability)).toBe(expected)
  })

  it.each([
    ['80', '12.1', true],
    ['90', '8.9', false],
    ['90a', '9.0', true],
    ['90a', '10.0', false],
    ['100f', '10.3', true],
    ['100f', '12.0', false],
  ])('compiles PTX compute_%s for %s: %s', (target, capability, expected) => {
    expect(compilesFor(target, capability)).toBe(expected)
  })

  it('reads PTX only up to the version that the driver knows', () => {
    const code = { sm: [], ptx: ['80'], isa: '8.4' }
    expect(fitOf(code, '9.0', '12.4')).toBe('jit')
    expect(fitOf(code, '9.0', '12.3')).toBe('none')
    expect(fitOf(code, '9.0', '99.0')).toBe('jit')
  })

  const torch = { name: 'torch', version: '2.0.1', cuda: '11.7' } as const
  it.each([
    [{ sm: ['75'], ptx: [] }, []],
    [{ sm: ['70'], ptx: ['70'] }, []],
    [{ sm: ['60'], ptx: ['60'] }, ['note:PTX_JIT']],
    [{ sm: ['80', '90a'], ptx: ['80'] }, ['error:ARCH_NOT_IN_FRAMEWORK']],
  ])('judges torch with %j on a T4', (code, expected) => {
    expect(codes({ ...plainImage, frameworks: [{ ...torch, code }] }, t4)).toEqual(expected)
  })

  it.each([
    ['13', ['error:ARCH_NOT_IN_FRAMEWORK', 'error:GPU_DROPPED_BY_TOOLKIT']],
    ['12', []],
  ])('judges jax for CUDA %s, which compiles when it runs, on a V100', (cuda, expected) => {
    const frameworks = [{ name: 'jax', version: '0.7.2', cuda } as const]
    const v100 = nodeOf('Tesla V100-SXM2-16GB', '580.95.05')
    expect(codes({ ...plainImage, frameworks }, v100)).toEqual(expected)
  })

  it("doubts a library without code for the card, and says nothing of NVIDIA's own", () => {
    const file = { path: 'app/kernels.so', bytes: 1, vendor: false, code: { sm: ['90'], ptx: [] } }
    expect(codes({ ...plainImage, code: [file] }, h100)).toEqual([])
    expect(codes({ ...plainImage, code: [file] }, t4)).toEqual(['unsure:ARCH_NOT_IN_LIBRARY'])
    expect(codes({ ...plainImage, code: [{ ...file, vendor: true }] }, t4)).toEqual([])
  })
})

describe('libraries', () => {
  it.each([
    ['NVIDIA L4', '11.7', ['note:ARCH_NEWER_THAN_TOOLKIT']],
    ['NVIDIA H100 PCIe', '11.7', ['unsure:ARCH_NEWER_THAN_TOOLKIT']],
    ['NVIDIA H100 PCIe', '11.8', []],
    ['NVIDIA B300 SXM6 AC', '12.8', ['note:ARCH_NEWER_THAN_TOOLKIT']],
    ['Tesla P4', '13.0', ['error:GPU_DROPPED_BY_TOOLKIT']],
    ['Tesla P4', '12.9', []],
  ])('judges %s with the libraries of CUDA %s', (gpu, cuda, expected) => {
    expect(codes(base(cuda), nodeOf(gpu, '580.95.05'))).toEqual(expected)
  })

  const tensorflow = {
    name: 'tensorflow' as const,
    version: '2.18.1',
    cuda: '12.5',
    cudnn: '9',
    code: { sm: ['70'], ptx: [] },
  } satisfies ImageFacts['frameworks'][number]
  it.each([
    [[], ['error:CUDNN_MISSING']],
    [['8.9.7'], ['error:CUDNN_VERSION_MISMATCH']],
    [['8.9.7', '9.3.0'], []],
  ])('judges TensorFlow for cuDNN 9 with cuDNN %j', (versions, expected) => {
    const libraries = versions.map(
      (version) => ({ name: 'cudnn', version, path: '', wheel: true }) as const,
    )
    const node = withDriver(t4, '580.95.05')
    expect(codes({ ...plainImage, frameworks: [tensorflow], libraries }, node)).toEqual(expected)
  })
})

describe('requirements', () => {
  it.each([
    ['cuda>=12.0', true],
    ['cuda>=12.1', false],
    ['cuda>=12.1 brand=tesla,driver>=525,driver<526', true],
    ['cuda>=12.1 brand=geforce,driver>=525', false],
    ['cuda>=12.1 brand!=geforce', true],
    ['arch>=8.0', false],
    ['arch=7.5,cuda<13', true],
    ['driver>525.85.12', false],
    ['colour=green', true],
    ['', true],
  ])('meets %j on a T4 with driver 525.85.12: %s', (expression, expected) => {
    expect(meets(expression, t4)).toBe(expected)
  })

  it('is a note, and none where the image says to skip it', () => {
    const env = { ...visible, NVIDIA_REQUIRE_CUDA: 'cuda>=13.0' }
    expect(codes(base('11.8', { env }), t4)).toEqual(['note:REQUIRE_CUDA_NOT_MET'])
    const skipped = { ...env, NVIDIA_DISABLE_REQUIRE: '1' }
    expect(codes(base('11.8', { env: skipped }), t4)).toEqual([])
  })
})

describe('image', () => {
  const stub = 'usr/local/cuda/lib64/stubs/libcuda.so.1'
  const wrong: readonly (readonly [Partial<ImageFacts>, string])[] = [
    [{ platform: { os: 'linux', arch: 'arm64' } }, 'error:IMAGE_WRONG_PLATFORM'],
    [{ libc: { kind: 'musl' } }, 'error:IMAGE_NOT_GLIBC'],
    [{ stubs: [{ path: stub, reached: 'LD_LIBRARY_PATH' }] }, 'error:LIBCUDA_STUB'],
    [{ frameworks: [{ name: 'torch', version: '2.0.1' }] }, 'error:FRAMEWORK_CPU_ONLY'],
  ]
  it.each(wrong)('refuses %j everywhere', (more, expected) => {
    expect(codes(base('12.0', more), t4)).toEqual([expected])
  })

  it('only notes a framework without CUDA beside one with it', () => {
    const cpu = { name: 'tensorflow', version: '2.18.1' } as const
    const gpu = { name: 'cupy', version: '13.6.0', cuda: '12' } as const
    expect(codes({ ...plainImage, frameworks: [cpu, gpu] }, t4)).toEqual([
      'note:FRAMEWORK_CPU_ONLY',
    ])
  })

  it('leaves a stub alone that no search path reaches', () => {
    expect(codes(base('12.0', { stubs: [{ path: stub }] }), t4)).toEqual([])
  })

  it('has no verdict for an image without CUDA', () => {
    const cpu = { ...plainImage, frameworks: [{ name: 'torch', version: '2.0.1' } as const] }
    expect(judge(plainImage, t4).verdict).toBe('not_gpu')
    expect(judge(cpu, t4).verdict).toBe('not_gpu')
  })

  it('says what is odd about an image whatever the node', () => {
    const found = imageFindings(
      base('11.8', {
        driver_files: [{ path: 'usr/lib/libcuda.so.580.65.06', bytes: 0 }],
        steering: ['LD_PRELOAD'],
        frameworks: [{ name: 'torch', version: '2.0.1', cuda: '11.7' }],
      }),
    )
    expect(found.map(({ code }) => code)).toEqual([
      'IMAGE_HAS_DRIVER_FILES',
      'LOADER_STEERED',
      'NVIDIA_ENV_MISSING',
      'FRAMEWORK_CUDA_DIFFERS',
    ])
    expect(imageFindings(base('11.8', { env: visible }))).toEqual([])
    expect(imageFindings(plainImage)).toEqual([])
  })
})

it('takes what a node reports about a card before the tables', () => {
  const gpu = { name: 'NVIDIA X1', driver: '700.1', memoryBytes: 1 }
  expect(classifyNode(gpu, 'aarch64')).toBeUndefined()
  expect(classifyNode({ ...gpu, capability: '12.0', cuda: '14.0' }, 'aarch64')).toMatchObject({
    capability: '12.0',
    cuda: '14.0',
    arch: 'arm64',
  })
  expect(exampleNodes.get('H100 / 580.159')?.segment).toBe('datacenter')
})
