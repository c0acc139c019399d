import type { Selectable } from 'kysely'
import type { Db } from './connect.ts'
import type { EnvironmentTable } from './environment-tables.ts'
import { requireQuotas } from './quotas.ts'
import { writesOwnVolumes } from './volume-use.ts'

/** @throws QuotaExceeded when the project has nothing left of what an environment would use. */
export async function requireRoom(
  db: Db,
  {
    project_id: projectId,
    gpu,
    volumes,
  }: Pick<Selectable<EnvironmentTable>, 'project_id' | 'gpu' | 'volumes'>,
): Promise<void> {
  const asked = {
    gpu_minutes: gpu ? 1 : 0,
    volume_bytes: (await writesOwnVolumes(db, volumes)) ? 1 : 0,
  }
  await requireQuotas(db, projectId, asked)
}
