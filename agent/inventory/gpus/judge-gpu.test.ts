import { expect, it } from 'vitest'
import { judgeGpu } from './judge-gpu.ts'

const well = {
  uuid: 'GPU-1f',
  name: 'NVIDIA A100-SXM4-40GB',
  compute_cap: '8.0',
  compute_mode: 'Default',
  persistence_mode: 'Enabled',
  'mig.mode.current': 'Disabled',
  'mig.mode.pending': 'Disabled',
  'ecc.errors.uncorrected.volatile.total': '0',
  'retired_pages.pending': '[N/A]',
  'clocks_event_reasons.active': '0x0000000000000001',
  'temperature.gpu': '34',
}

it('has nothing to say of a GPU that is well', () => expect(judgeGpu(well, 0)).toEqual([]))

it.each<[Readonly<Record<string, string>>, string, string]>([
  [{ 'ecc.errors.uncorrected.volatile.total': '2' }, 'GPU_ECC_UNCORRECTABLE', 'error'],
  [{ 'retired_pages.pending': 'Yes' }, 'GPU_RETIRED_PAGES_PENDING', 'error'],
  [{ compute_mode: 'Prohibited' }, 'GPU_COMPUTE_PROHIBITED', 'error'],
  [{ 'mig.mode.current': 'Enabled', 'mig.mode.pending': 'Enabled' }, 'MIG_NO_INSTANCES', 'error'],
  [{ 'mig.mode.pending': 'Enabled' }, 'MIG_PENDING', 'warn'],
  [{ persistence_mode: 'Disabled' }, 'PERSISTENCE_OFF', 'warn'],
  [{ compute_cap: '[N/A]', name: 'Unheard of' }, 'GPU_UNKNOWN_CC', 'warn'],
  [{ 'clocks_event_reasons.active': '0x0000000000000048' }, 'GPU_TOO_HOT', 'warn'],
  [{ 'clocks_event_reasons.active': '0x0000000000000080' }, 'GPU_POWER_BRAKE', 'warn'],
  [{ 'clocks_event_reasons.active': '0x0000000000000004' }, 'GPU_POWER_CAPPED', 'info'],
])('tells of %j: %s', (change, code, severity) => {
  const found = judgeGpu({ ...well, ...change }, 0)
  expect(found).toMatchObject([{ code, severity, gpu: 'GPU-1f' }])
})

it('takes a card without these features for well', () => {
  const none = Object.fromEntries(
    ['mig.mode.current', 'mig.mode.pending', 'ecc.errors.uncorrected.volatile.total'].map(
      (field) => [field, '[N/A]'],
    ),
  )
  expect(judgeGpu({ ...well, ...none }, 0)).toEqual([])
})

it('takes MIG with instances for well', () => {
  const mig = { 'mig.mode.current': 'Enabled', 'mig.mode.pending': 'Enabled' }
  expect(judgeGpu({ ...well, ...mig }, 2)).toEqual([])
})
