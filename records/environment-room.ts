import type { Selectable } from 'kysely'
import type { Db } from './connect.ts'
import type { EnvironmentTable } from './environment-tables.ts'
import { requireQuotas } from './quotas.ts'
import { writesOwnVolumes } from './volume-use.ts'

/**
 * @param isNew and not one of the project's that starts again.
 * @throws QuotaExceeded when the project has nothing left of what an environment would use.
 */
export async function requireRoom(
  db: Db,
  {
    project_id: projectId,
    gpu,
    volumes,
  }: Pick<Selectable<EnvironmentTable>, 'project_id' | 'gpu' | 'volumes'>,
  isNew: boolean,
): Promise<void> {
  const asked = {
    environments: isNew ? 1 : 0,
    environment_gpus: gpu ? 1 : 0,
    gpu_minutes: gpu ? 1 : 0,
    volume_bytes: (await writesOwnVolumes(db, volumes)) ? 1 : 0,
  }
  await requireQuotas(db, projectId, asked)
}
