import type { Time } from './columns.ts'

export interface RegistryTables {
  quarantine: QuarantineTable
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
