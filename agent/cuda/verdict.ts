import type { DriverReport, FrameworkName, FrameworkReport } from '#contract/probe-report.ts'
import { finding, type Finding } from '../../cuda/verdict/judgement.ts'
import { driverFault } from './driver-fault.ts'
import { type Fault, fault, reasonCode } from './fault.ts'
import type { ProbeAttempt } from './probe-attempt.ts'
import { silenceFault } from './silence-fault.ts'

export interface Measurement {
  /** UUID of the GPU or MIG instance that was granted. */
  readonly granted: string
  /** Paths in containers of the libcuda that the node's CDI specification brings. */
  readonly driverFiles: readonly string[]
  /** In their order; the last one decides. */
  readonly attempts: readonly ProbeAttempt[]
  /** Frameworks for CUDA that the files of the image show, whether its Python finds them or not. */
  readonly present: readonly FrameworkName[]
  /** Names of the variables of the image that steer loaders or hide GPUs. */
  readonly steering: readonly string[]
  /** A farm for tests: what ran against the simulated driver may pass, and is called simulated. */
  readonly simulation: boolean
}

export interface MeasuredVerdict {
  readonly passed: boolean
  readonly evidence: 'measured' | 'simulated'
  /** Absent when it passed. */
  readonly fault?: Fault
  readonly notes: readonly Finding[]
}

/**
 * Judges what the probes reported. It passes only when the one granted GPU, and no other, computed rightly by the node's
 * own driver, and every framework with it. Nothing that ran against the simulated driver is ever called measured. Pure.
 */
export function verdict(measurement: Measurement): MeasuredVerdict {
  const { attempts, steering } = measurement
  const last = attempts.at(-1)
  if (last === undefined) throw new Error('nothing was tried')
  const first = attempts.length > 1 ? attempts[0] : undefined
  const found = findFault(last, measurement)
  return {
    passed: found === undefined,
    evidence: attempts.some(isSimulated) ? 'simulated' : 'measured',
    ...(found && { fault: found }),
    notes: [
      ...steering.map((name) => finding('LOADER_STEERED', { name })),
      ...(usesCompat(last) ? [finding('NEEDS_FORWARD_COMPAT', {}, 'note')] : []),
      ...uncheckedOf(last, measurement).map((framework) =>
        finding('FRAMEWORK_NOT_CHECKED', { framework }),
      ),
      ...(first && !found ? [finding('PASSED_ON_RETRY', { reason: reasonOf(first) })] : []),
    ],
  }
}

function findFault(attempt: ProbeAttempt, measurement: Measurement): Fault | undefined {
  const { driver, frameworks } = attempt
  const { driverFiles, simulation } = measurement
  if ('problem' in driver) return silenceFault(driver.problem, attempt)
  return (
    driverFault(driver.report, driverFiles) ??
    deviceFault(driver.report, measurement.granted) ??
    libraryFault(driver.report, driverFiles) ??
    ('problem' in frameworks
      ? silenceFault(frameworks.problem, attempt)
      : frameworksFault(frameworks.report)) ??
    (isSimulated(attempt) && !simulation ? fault('SIMULATED') : undefined)
  )
}

/** Exactly the device that was granted must have computed. */
function deviceFault(report: DriverReport, granted: string): Fault | undefined {
  const { devices, device_count: count } = report
  const [only] = devices
  const isOnly = count === 1 && devices.length === 1 && isSame(only?.uuid, granted)
  if (!isOnly) {
    const seen = devices.map(({ uuid }) => uuid).join(', ')
    return fault('DEVICE_NOT_GRANTED', { seen: `${count} (${seen})`, granted })
  }
  if (only?.ok === true && only.reason === 'OK' && only.stage === 'done') return undefined
  return fault('REPORT_NOT_BELIEVED', { detail: 'it contradicts itself' })
}

function isSame(uuid: string | undefined, granted: string): boolean {
  return uuid?.toLowerCase() === granted.toLowerCase()
}

/** The driver's library comes from the node, or on purpose from the package for forward compatibility. */
function libraryFault({ libcuda }: DriverReport, driverFiles: readonly string[]) {
  if (driverFiles.includes(libcuda) || isCompat(libcuda)) return undefined
  return fault('LIBCUDA_FOREIGN', { path: libcuda })
}

function isCompat(path: string): boolean {
  return /^\/usr\/local\/cuda[\w.-]*\/compat\/libcuda\.so\.[\d.]+$/.test(path)
}

function frameworksFault(report: FrameworkReport): Fault | undefined {
  const broken = report.frameworks.find(({ ok, reason }) => !ok || reason !== 'OK')
  if (broken !== undefined) {
    const { name, version, detail } = broken
    return fault(reasonCode(broken.reason), { framework: name, version, detail, library: detail })
  }
  // Python itself did not get as far as looking for frameworks.
  if (report.ok) return undefined
  return fault(reasonCode(report.reason), { stage: 'find', detail: report.detail })
}

/** A framework in an environment that is not first on the image's path is not what its users start. */
function uncheckedOf(
  { frameworks }: ProbeAttempt,
  { present }: Measurement,
): readonly FrameworkName[] {
  if (!('report' in frameworks)) return []
  const found = frameworks.report.frameworks.map(({ name }) => name)
  return present.filter((name) => !found.includes(name))
}

function isSimulated({ driver, frameworks }: ProbeAttempt): boolean {
  const names = [
    ...('report' in driver ? driver.report.devices.map(({ name }) => name) : []),
    ...('report' in frameworks ? frameworks.report.frameworks.map(({ device }) => device) : []),
  ]
  const said = 'report' in driver && driver.report.simulated
  return said || names.some((name) => /simulated/i.test(name))
}

function usesCompat({ driver }: ProbeAttempt): boolean {
  return 'report' in driver && isCompat(driver.report.libcuda)
}

function reasonOf({ driver }: ProbeAttempt): string {
  return 'report' in driver ? driver.report.reason : driver.problem
}
