import { majorOf, minorOf } from './version.ts'

interface ToolkitDriver {
  readonly toolkit: string
  /** The driver that came with the toolkit; absent from 13.4 on, which bundle none. */
  readonly driver?: string
}

/** Source: the release notes of CUDA 13.2 Update 2, tables 2 and 3; 13.3 as others quote its release notes. */
export const toolkitDrivers: readonly ToolkitDriver[] = [
  { toolkit: '10.0.130', driver: '410.48' },
  { toolkit: '10.1.105', driver: '418.39' },
  { toolkit: '10.2.89', driver: '440.33' },
  { toolkit: '11.0.2', driver: '450.51.05' },
  { toolkit: '11.0.3', driver: '450.51.06' },
  { toolkit: '11.1.0', driver: '455.23' },
  { toolkit: '11.1.1', driver: '455.32' },
  { toolkit: '11.2.0', driver: '460.27.03' },
  { toolkit: '11.2.1', driver: '460.32.03' },
  { toolkit: '11.2.2', driver: '460.32.03' },
  { toolkit: '11.3.0', driver: '465.19.01' },
  { toolkit: '11.3.1', driver: '465.19.01' },
  { toolkit: '11.4.0', driver: '470.42.01' },
  { toolkit: '11.4.1', driver: '470.57.02' },
  { toolkit: '11.4.2', driver: '470.57.02' },
  { toolkit: '11.4.3', driver: '470.82.01' },
  { toolkit: '11.4.4', driver: '470.82.01' },
  { toolkit: '11.5.0', driver: '495.29.05' },
  { toolkit: '11.5.1', driver: '495.29.05' },
  { toolkit: '11.5.2', driver: '495.29.05' },
  { toolkit: '11.6.0', driver: '510.39.01' },
  { toolkit: '11.6.1', driver: '510.47.03' },
  { toolkit: '11.6.2', driver: '510.47.03' },
  { toolkit: '11.7.0', driver: '515.43.04' },
  { toolkit: '11.7.1', driver: '515.48.07' },
  { toolkit: '11.8.0', driver: '520.61.05' },
  { toolkit: '12.0.0', driver: '525.60.13' },
  { toolkit: '12.0.1', driver: '525.85.12' },
  { toolkit: '12.1.0', driver: '530.30.02' },
  { toolkit: '12.1.1', driver: '530.30.02' },
  { toolkit: '12.2.0', driver: '535.54.03' },
  { toolkit: '12.2.1', driver: '535.86.09' },
  { toolkit: '12.2.2', driver: '535.104.05' },
  { toolkit: '12.3.0', driver: '545.23.06' },
  { toolkit: '12.3.1', driver: '545.23.08' },
  { toolkit: '12.4.0', driver: '550.54.14' },
  { toolkit: '12.4.1', driver: '550.54.15' },
  { toolkit: '12.5.0', driver: '555.42.02' },
  { toolkit: '12.5.1', driver: '555.42.06' },
  { toolkit: '12.6.0', driver: '560.28.03' },
  { toolkit: '12.6.1', driver: '560.35.03' },
  { toolkit: '12.6.2', driver: '560.35.03' },
  { toolkit: '12.6.3', driver: '560.35.05' },
  { toolkit: '12.8.0', driver: '570.26' },
  { toolkit: '12.8.1', driver: '570.124.06' },
  { toolkit: '12.9.0', driver: '575.51.03' },
  { toolkit: '12.9.1', driver: '575.57.08' },
  { toolkit: '13.0.0', driver: '580.65.06' },
  { toolkit: '13.0.1', driver: '580.82.07' },
  { toolkit: '13.0.2', driver: '580.95.05' },
  { toolkit: '13.1.0', driver: '590.44.01' },
  { toolkit: '13.1.1', driver: '590.48.01' },
  { toolkit: '13.2.0', driver: '595.45.04' },
  { toolkit: '13.2.1', driver: '595.58.03' },
  { toolkit: '13.2.2', driver: '595.71.05' },
  { toolkit: '13.3.0', driver: '610.43.02' },
  { toolkit: '13.3.1', driver: '610.43.02' },
  { toolkit: '13.4.0' },
  { toolkit: '13.5.0' },
]

/**
 * First driver of each CUDA family: from it on a driver runs every minor version of the family. Source: as above; that
 * libcudart refuses below the family and goes on within it was measured with 11.8, 12.9 and 13.5.
 */
const familyFloors: Readonly<Record<number, string>> = {
  11: '450.80.02',
  12: '525.60.13',
  13: '580.65.06',
}

/** `undefined` for a family that is not known here, and for 10 and older, which had no such promise. */
export function familyFloor(cuda: string): string | undefined {
  return familyFloors[majorOf(cuda)]
}

/** The driver that the latest known release of a toolkit minor version came with. */
export function bundledDriver(cuda: string): string | undefined {
  return toolkitDrivers.findLast(({ toolkit }) => minorOf(toolkit) === minorOf(cuda))?.driver
}

/**
 * The CUDA version that a driver speaks, which is one for each driver branch. A branch that no toolkit came with gets
 * that of the branch below it. What nvidia-smi says goes before this. `undefined` for drivers before 410.
 */
export function cudaOfDriver(driver: string): string | undefined {
  const found = toolkitDrivers.findLast(
    (row) => row.driver !== undefined && majorOf(row.driver) <= majorOf(driver),
  )
  return found && minorOf(found.toolkit)
}
