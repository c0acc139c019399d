import type { ReasonCode } from './reasons.ts'

/**
 * What nvidia-smi's exit status means; 124 is a deadline of ours and 127 the shell's. Source: RETURN VALUE in its manual
 * and Azure's node health checks. 18 is inferred from NVML; its text `Driver/library version mismatch` is the safer sign.
 */
export const nvidiaSmiExits = {
  2: 'UNSUPPORTED_QUERY',
  3: 'NOT_SUPPORTED',
  4: 'GPU_ACCESS_NOT_PERMITTED',
  6: 'GPU_LOST',
  8: 'GPU_POWER_BRAKE',
  9: 'DRIVER_NOT_LOADED',
  10: 'GPU_LOST',
  12: 'NVML_MISSING',
  13: 'UNSUPPORTED_QUERY',
  14: 'GPU_RECOVERY_NEEDED',
  15: 'GPU_LOST',
  18: 'DRIVER_VERSION_MISMATCH',
  124: 'PROBE_TIMEOUT',
  127: 'DRIVER_NOT_INSTALLED',
  255: 'DRIVER_NOT_LOADED',
} as const satisfies Record<number, ReasonCode>

/**
 * Fields of `--query-gpu` that every supported driver knows. One unknown field fails a whole query with exit 2, so the
 * optional ones are asked for apart. Source: public exporters and health checks; not run on a real GPU here.
 */
export const requiredFields = [
  'index',
  'uuid',
  'name',
  'pci.bus_id',
  'driver_version',
  'memory.total',
  'memory.used',
  'memory.free',
  'compute_mode',
  'persistence_mode',
  'temperature.gpu',
  'pstate',
  'utilization.gpu',
] as const

/** Fields that came with a driver or that some cards do not have; each may answer `[N/A]` or `[Not Supported]`. */
export const optionalFields = [
  'compute_cap',
  'memory.reserved',
  'mig.mode.current',
  'mig.mode.pending',
  'ecc.mode.current',
  'ecc.errors.uncorrected.volatile.total',
  'ecc.errors.uncorrected.aggregate.total',
  'ecc.errors.corrected.volatile.total',
  'retired_pages.pending',
  'power.draw',
  'power.limit',
  'clocks_event_reasons.active',
  'clocks_event_reasons.hw_thermal_slowdown',
  'clocks_event_reasons.sw_thermal_slowdown',
  'clocks_event_reasons.hw_power_brake_slowdown',
  'pcie.link.gen.current',
  'pcie.link.gen.max',
  'pcie.link.width.current',
  'pcie.link.width.max',
  'display_active',
  'vbios_version',
  'inforom.img',
  'serial',
] as const

/** Bits of `clocks_event_reasons.active`, in front of driver 535 `clocks_throttle_reasons.active`. */
export const throttleBits = {
  0x04: 'GPU_POWER_CAPPED',
  0x08: 'GPU_TOO_HOT',
  0x20: 'GPU_TOO_HOT',
  0x40: 'GPU_TOO_HOT',
  0x80: 'GPU_POWER_BRAKE',
} as const satisfies Record<number, ReasonCode>
