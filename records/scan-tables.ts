import type { RegistryAbilities, RegistryKind } from '#contract/registry.ts'
import type { Findings, ScanState } from '#contract/scan.ts'
import type { ColumnType, Generated } from 'kysely'
import type { OptionalJson, OptionalText, OptionalTime, Time } from './columns.ts'

/** One row a registry that the farm has used, by its host. */
export interface RegistryStateTable {
  host: string
  kind: RegistryKind
  /** As a Harbor tells it to those who are logged in. */
  version: OptionalText<string>
  abilities: OptionalJson<RegistryAbilities>
  looked_at: Time
}

/** What the registry's scanner was asked of an attempt's image, and what it said. */
export interface ScanTable {
  build_id: string
  attempt: number
  digest: string
  state: ScanState
  /** In words, for people; empty where the state says all. */
  detail: Generated<string>
  /** Before the name moved. */
  findings: OptionalJson<Findings>
  /** When it is waited for no longer. */
  deadline: ColumnType<Date, Date, never>
  created_at: Time
  /** When the scanner was asked last. */
  asked_at: OptionalTime
  ended_at: OptionalTime
  /** What it has found since, where that is not what it found then. */
  later_findings: OptionalJson<Findings>
  later_at: OptionalTime
}
