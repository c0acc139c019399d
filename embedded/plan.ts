import type { PortName, Settings } from './config.ts'
import type { ComponentName } from './pins.ts'

/** Which components run here; the others were given by address. */
export interface Plan {
  readonly starts: {
    readonly postgres: boolean
    readonly temporal: boolean
    readonly temporalUi: boolean
    readonly buildkit: boolean
    readonly registry: boolean
  }
  readonly binaries: readonly ComponentName[]
  readonly ports: readonly PortName[]
}

export function planComponents({ external }: Pick<Settings, 'external'>): Plan {
  const temporal = external.temporalAddress === undefined
  const starts = {
    temporal,
    // An own Temporal keeps its history in it, also when Kiln's database is elsewhere.
    postgres: temporal || external.databaseUrl === undefined,
    temporalUi: external.temporalUiUrl === undefined,
    buildkit: external.buildkitAddress === undefined,
    registry: external.registry === undefined,
  }
  // The quick builds come first, so that a machine that cannot build is found out early.
  const binaries: readonly (readonly [boolean, ComponentName])[] = [
    [starts.buildkit, 'runc'],
    [starts.temporalUi, 'temporal-ui'],
    [starts.registry, 'registry'],
    [starts.buildkit, 'buildkit'],
    [starts.temporal, 'temporal'],
  ]
  const ports: readonly (readonly [boolean, PortName])[] = [
    [true, 'server'],
    [starts.temporal, 'temporal'],
    [starts.temporalUi, 'temporalUi'],
    [starts.registry, 'registry'],
    [starts.postgres, 'postgres'],
  ]
  return { starts, binaries: chosen(binaries), ports: chosen(ports) }
}

function chosen<T>(entries: readonly (readonly [boolean, T])[]): readonly T[] {
  return entries.filter(([isChosen]) => isChosen).map(([, value]) => value)
}
