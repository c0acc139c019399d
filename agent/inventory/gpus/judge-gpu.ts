import type { NodeFinding } from '#contract/node.ts'
import { findGpu } from '../../../cuda/tables/gpus.ts'
import { throttleBits } from '../../../cuda/tables/nvidia-smi.ts'
import type { ReasonCode, ReasonParams } from '../../../cuda/tables/reasons.ts'
import { gpuFinding } from './finding.ts'
import { numberOf } from './parse-rows.ts'
import type { GpuFields } from './query-gpus.ts'

/** What is wrong with a GPU, going by the fields that nvidia-smi prints. @param instances its MIG instances. */
export function judgeGpu(gpu: GpuFields, instances: number): readonly NodeFinding[] {
  const uuid = gpu['uuid'] ?? ''
  const say = (code: ReasonCode, params?: ReasonParams) => gpuFinding(uuid, code, params)
  const { 'mig.mode.current': mig, 'mig.mode.pending': pendingMig } = gpu
  const errors = numberOf(gpu['ecc.errors.uncorrected.volatile.total'])
  return [
    ...(errors !== undefined && errors > 0 ? [say('GPU_ECC_UNCORRECTABLE', { errors })] : []),
    ...(gpu['retired_pages.pending'] === 'Yes' ? [say('GPU_RETIRED_PAGES_PENDING')] : []),
    ...(gpu['compute_mode'] === 'Prohibited' ? [say('GPU_COMPUTE_PROHIBITED')] : []),
    ...(mig === 'Enabled' && instances === 0 ? [say('MIG_NO_INSTANCES')] : []),
    ...(isSwitch(mig) && isSwitch(pendingMig) && mig !== pendingMig ? [say('MIG_PENDING')] : []),
    ...(gpu['persistence_mode'] === 'Disabled' ? [say('PERSISTENCE_OFF')] : []),
    ...(capabilityOf(gpu) === undefined ? [say('GPU_UNKNOWN_CC', { gpu: gpu['name'] ?? '' })] : []),
    ...throttling(gpu).map((code) => say(code, { celsius: numberOf(gpu['temperature.gpu']) ?? 0 })),
  ]
}

/** Compute capability as `8.0`: the driver's word, and in front of driver 510 the table's. */
export function capabilityOf(gpu: GpuFields): string | undefined {
  const said = gpu['compute_cap'] ?? ''
  return /^\d+\.\d+$/.test(said) ? said : findGpu(gpu['name'] ?? '')?.capability
}

function isSwitch(value: string | undefined): boolean {
  return value === 'Enabled' || value === 'Disabled'
}

/** Each cause once: several bits may mean the same. */
function throttling(gpu: GpuFields): readonly ReasonCode[] {
  const bits = gpu['clocks_event_reasons.active'] ?? gpu['clocks_throttle_reasons.active']
  const mask = numberOf(bits) ?? 0
  const codes = Object.entries(throttleBits).filter(([bit]) => (mask & Number(bit)) !== 0)
  return [...new Set(codes.map(([, code]) => code))]
}
