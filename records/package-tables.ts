import type { PackageLists } from '#contract/packages.ts'
import type { Json, Time } from './columns.ts'

export interface BuildPackagesTable {
  build_id: string
  packages: Json<PackageLists>
  created_at: Time
}
