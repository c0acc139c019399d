import type { z } from 'zod'
import type {
  driverReport,
  frameworkNames,
  frameworkReport,
  probedDevice,
} from './wire/probe-report.ts'

export type DriverReport = z.infer<typeof driverReport>
export type ProbedDevice = z.infer<typeof probedDevice>
export type FrameworkReport = z.infer<typeof frameworkReport>
export type FrameworkName = (typeof frameworkNames)[number]
