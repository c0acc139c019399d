import type { ColumnType, Generated } from 'kysely'

type Time = ColumnType<Date, Date | string | undefined, Date | string>

export interface RegistryTables {
  quarantine: QuarantineTable
  registry_hints: RegistryHintTable
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

/** What the registry has told. */
interface RegistryHintTable {
  id: Generated<number>
  event_id: string
  type: string
  repository: string
  digest: string | null
  received_at: Time
}
