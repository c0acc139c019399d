import type { DriverReport } from '#contract/probe-report.ts'
import { driverErrors } from '../../cuda/tables/driver-errors.ts'
import type { ReasonCode, ReasonParams } from '../../cuda/tables/reasons.ts'
import { type Fault, fault, reasonCode } from './fault.ts'

type Owner = Fault['owner']

/** The kernel is ours and known to be good, so these are no fault of the image here. */
const ownKernel: Partial<Record<ReasonCode, Owner>> = {
  NO_KERNEL_IMAGE: 'node',
  PTX_INVALID: 'node',
  PTX_TOO_NEW_FOR_DRIVER: 'node',
  JIT_COMPILER_MISSING: 'farm',
  CUDA_LIBRARY_MISSING: 'farm',
}

/** Whether these are the image's or the node's goes by whose libcuda was loaded. */
const byLibrary: readonly ReasonCode[] = [
  'LIBCUDA_INCOMPLETE',
  'LIBCUDA_LOAD_FAILED',
  'DRIVER_LIBRARY_MISMATCH',
  'PROBE_CRASHED',
]

/** @param driverFiles paths in containers of the libcuda that the node brings. @returns what the probe found, if anything. */
export function driverFault(
  report: DriverReport,
  driverFiles: readonly string[],
): Fault | undefined {
  if (report.ok && report.reason === 'OK') return undefined
  const code = report.reason === 'OK' ? 'REPORT_NOT_BELIEVED' : reasonCode(report.reason)
  return fault(code, paramsOf(report), ownerOf(code, report, driverFiles))
}

function ownerOf(
  code: ReasonCode,
  report: DriverReport,
  driverFiles: readonly string[],
): Owner | undefined {
  if (code === 'NO_DEVICE') return ownerOfNothing(report)
  if (byLibrary.includes(code) && driverFiles.includes(report.libcuda)) return 'node'
  return ownKernel[code]
}

/** Nobody sees a GPU: hidden by the image's own variable, never given to the container, or not shown by the driver. */
function ownerOfNothing({ visible_devices: visible, nodes }: DriverReport): Owner {
  if (visible !== null) return 'image'
  return nodes.some((name) => /^nvidia\d+$/.test(name)) ? 'node' : 'farm'
}

function paramsOf(report: DriverReport): ReasonParams {
  const { detail, stage, devices, cuda_code: code, duration_ms: ms } = report
  const [, wrong = '', total = ''] = /^(\d+) wrong values of (\d+)$/.exec(detail) ?? []
  const [, free = '', want = ''] = /^(\d+) MiB free, (\d+) MiB wanted$/.exec(detail) ?? []
  const [, signal = ''] = /^signal (\d+)$/.exec(detail) ?? []
  const last = devices.at(-1)
  return {
    detail,
    stage,
    ...(last?.uuid && { uuid: last.uuid }),
    ...(code !== 0 && { code, name: nameOf(code) }),
    ...(wrong !== '' && { wrong: Number(wrong), total: Number(total) }),
    ...(free !== '' && { free: Number(free), want: Number(want) }),
    ...(signal !== '' && { signal: Number(signal) }),
    ...(report.reason === 'LIBCUDA_INCOMPLETE' && { symbol: detail }),
    ...(report.reason === 'PROBE_TIMEOUT' && { seconds: Math.round(ms / 1000) }),
  }
}

function nameOf(code: number): string {
  const names: Readonly<Record<number, string>> = driverErrors
  return names[code] ?? ''
}
