import type { Time } from './columns.ts'
import type { PushTable, RegistryBreakerTable } from './push-tables.ts'
import type { RegistryStateTable, ScanTable } from './scan-tables.ts'

export interface RegistryTables {
  pushes: PushTable
  quarantine: QuarantineTable
  registry_breakers: RegistryBreakerTable
  registry_state: RegistryStateTable
  scans: ScanTable
}

/** What attempts have pushed and was refused. */
interface QuarantineTable {
  build_id: string
  attempt: number
  repository: string
  digest: string
  code: string
  message: string
  created_at: Time
}
