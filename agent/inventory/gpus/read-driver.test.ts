import { expect, it } from 'vitest'
import { type DriverFiles, judgeDriver, judgeLost, parseKernelVersion } from './read-driver.ts'

it.each([
  [
    'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\nGCC version:  gcc 12',
    '535.183.01',
  ],
  [
    'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (dvs-builder)',
    '580.65.06',
  ],
  ['', undefined],
])('reads the version of the kernel module: %s', (text, version) => {
  expect(parseKernelVersion(text)).toBe(version)
})

const gpu = { address: '0000:07:00.0', driver: 'nvidia' }
const well: DriverFiles = {
  kernel: '580.65.06',
  library: '580.65.06',
  pciGpus: [gpu],
  minors: [0],
  nodes: ['nvidia0', 'nvidiactl', 'nvidia-uvm', 'nvidia-caps'],
}

it('has nothing to say of a driver that is well', () => expect(judgeDriver(well)).toEqual([]))

it.each<[string, Partial<DriverFiles>, string]>([
  ['no card', { pciGpus: [], kernel: undefined }, 'NODE_NO_NVIDIA_GPU'],
  ['the other driver', { pciGpus: [{ ...gpu, driver: 'nouveau' }] }, 'NOUVEAU_LOADED'],
  ['no driver', { kernel: undefined, library: undefined }, 'DRIVER_NOT_INSTALLED'],
  ['a driver that is not loaded', { kernel: undefined }, 'DRIVER_NOT_LOADED'],
  ['an update without a reboot', { library: '590.1' }, 'DRIVER_VERSION_MISMATCH'],
  ['a missing node', { nodes: ['nvidiactl', 'nvidia-uvm'] }, 'DEVICE_NODES_MISSING'],
])('tells of %s', (_, change, code) => {
  expect(judgeDriver({ ...well, ...change })).toMatchObject([{ code }])
})

it('tells of a card that the driver holds and does not show', () => {
  expect(judgeLost(well, ['00000000:07:00.0'])).toEqual([])
  expect(judgeLost(well, [])).toMatchObject([{ code: 'GPU_LOST', params: { uuid: gpu.address } }])
  const passedThrough = { ...well, pciGpus: [{ ...gpu, driver: 'vfio-pci' }] }
  expect(judgeLost(passedThrough, [])).toEqual([])
})
