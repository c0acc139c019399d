import { expect, it } from 'vitest'
import { capabilities, findCapability } from './capabilities.ts'
import { driverErrors } from './driver-errors.ts'
import { findGpu, gpus } from './gpus.ts'
import { jitFrameworks } from './jit-frameworks.ts'
import { nvidiaSmiExits, optionalFields, requiredFields, throttleBits } from './nvidia-smi.ts'
import { explainReason, reasons } from './reasons.ts'
import { tensorflowBuilds } from './tensorflow.ts'
import { bundledDriver, cudaOfDriver, familyFloor, toolkitDrivers } from './toolkit-drivers.ts'
import { findTargets, toolkitTargets } from './toolkit-targets.ts'
import { torchBuilds } from './torch.ts'
import { compareVersions } from './version.ts'
import { xids } from './xids.ts'

it.each([
  ['470.57.02', '11.4'],
  ['515.48.07', '11.7'],
  ['525.85.12', '12.0'],
  // No toolkit came with branch 565; it speaks at least what 560 does.
  ['565.57.01', '12.6'],
  ['580.159.03', '13.0'],
  ['595.58.03', '13.2'],
  ['390.157', undefined],
])('knows that driver %s speaks CUDA %s', (driver, cuda) => {
  expect(cudaOfDriver(driver)).toBe(cuda)
})

it('names the floor of a CUDA family and the driver that came with a toolkit', () => {
  expect(['10.2', '11.8', '12.4', '13.5'].map(familyFloor)).toEqual([
    undefined,
    '450.80.02',
    '525.60.13',
    '580.65.06',
  ])
  expect(['11.8', '12.4.0', '13.5'].map(bundledDriver)).toEqual([
    '520.61.05',
    '550.54.15',
    undefined,
  ])
})

it('lists toolkits from the oldest to the newest', () => {
  const versions = toolkitDrivers.map(({ toolkit }) => toolkit)
  expect(versions).toEqual(versions.toSorted(compareVersions))
})

it.each(capabilities)('knows the toolkits of $capability as ptxas does', (row) => {
  const having = toolkitTargets
    .filter(({ targets }) => targets.includes(row.capability.replace('.', '')))
    .map(({ toolkit }) => toolkit)
  const measured = compareVersions(row.native, '11.0') > 0
  expect(measured ? having[0] : row.native).toBe(row.native)
  expect(row.last === undefined ? undefined : having.at(-1)).toBe(row.last)
})

it('knows the capability of every card that it lists', () => {
  expect(gpus.filter((gpu) => findCapability(gpu.capability) === undefined)).toEqual([])
  const a100 = findGpu('NVIDIA A100-SXM4-40GB')
  expect(findGpu('A100-SXM4-40GB')).toBe(a100)
  expect(findGpu('NVIDIA A100-SXM4-40GB MIG 1g.5gb')).toBe(a100)
})

it('lists builds for targets that their toolkit can make', () => {
  const impossible = [...torchBuilds, ...tensorflowBuilds].filter(
    ({ cuda, sm = [], ptx = [] }) =>
      cuda !== undefined &&
      [...sm, ...ptx].some((target) => findTargets(cuda)?.targets.includes(target) === false),
  )
  expect(impossible).toEqual([])
})

it('has one build of torch on PyPI for a version', () => {
  const versions = torchBuilds.filter(({ pypi }) => pypi).map(({ version }) => version)
  expect(new Set(versions).size).toBe(versions.length)
})

it.each(Object.entries(reasons))('says %s in both languages', (_code, { message, fix }) => {
  const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted()
  expect(holes(message.zh)).toEqual(holes(message.en))
  expect(holes(fix.zh)).toEqual(holes(fix.en))
  expect(message.zh).toMatch(/\p{Script=Han}/u)
})

it('puts parameters into the texts', () => {
  const params = { cuda: '13.0', architecture: 'Volta', last: '12.9' }
  expect(explainReason('GPU_DROPPED_BY_TOOLKIT', params, 'en')).toEqual({
    message: 'CUDA 13.0 no longer supports Volta GPUs.',
    fix: 'Use CUDA 12.9 or older.',
  })
  expect(explainReason('GPU_DROPPED_BY_TOOLKIT', params, 'zh').fix).toBe(
    '使用 CUDA 12.9 或更旧的版本。',
  )
  expect(explainReason('GPU_LOST', {}, 'en').message).toContain('{uuid}')
})

it('names driver errors and what exits of nvidia-smi mean', () => {
  expect(driverErrors[803]).toBe('CUDA_ERROR_SYSTEM_DRIVER_MISMATCH')
  expect(nvidiaSmiExits[9]).toBe('DRIVER_NOT_LOADED')
  expect(throttleBits[0x80]).toBe('GPU_POWER_BRAKE')
  expect(new Set<string>([...requiredFields, ...optionalFields]).size).toBe(
    requiredFields.length + optionalFields.length,
  )
})

it('lists each Xid and each distribution once', () => {
  expect(new Set(xids.map(({ xid }) => xid)).size).toBe(xids.length)
  expect(new Set(jitFrameworks.map((row) => row.distribution)).size).toBe(jitFrameworks.length)
})
