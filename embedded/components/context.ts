import type { Settings } from '../config.ts'
import type { ComponentName } from '../pins.ts'
import type { Report } from '../report.ts'
import type { Binaries } from '../resolve/cache.ts'
import type { State } from '../state.ts'

const portNames = [
  'server',
  'gateway',
  'serverMetrics',
  'workerMetrics',
  'agentMetrics',
  'registry',
  'postgres',
  'temporal',
  'temporalUi',
  'temporalFrontendMembership',
  'temporalHistory',
  'temporalHistoryMembership',
  'temporalMatching',
  'temporalMatchingMembership',
  'temporalWorker',
  'temporalWorkerMembership',
] as const

export const allPortNames: readonly FarmPort[] = portNames
export type FarmPort = (typeof portNames)[number]

/** What every component needs to start. */
export interface ComponentContext {
  readonly settings: Settings
  readonly state: State
  readonly port: (name: FarmPort) => number
  readonly binary: (component: ComponentName, name: string) => string
  readonly report: Report
  readonly signal: AbortSignal
}

export function binaryFinder(
  resolved: ReadonlyMap<ComponentName, Binaries>,
): ComponentContext['binary'] {
  return (component, name) => {
    const path = resolved.get(component)?.[name]
    if (path === undefined) throw new Error(`${name} of ${component} was not resolved`)
    return path
  }
}

export function portFinder(ports: ReadonlyMap<FarmPort, number>): ComponentContext['port'] {
  return (name) => {
    const port = ports.get(name)
    if (port === undefined) throw new Error(`no port was chosen for ${name}`)
    return port
  }
}
