import {
  type EnvironmentPlan,
  type EnvironmentRef,
  environmentPids,
} from '#contract/environment.ts'
import type { Db } from '../../records/connect.ts'
import { findGpuOf } from '../../records/environment-gpus.ts'
import { findEnvironment } from '../../records/find-environments.ts'
import type { PushTarget } from '../views/build-plan.ts'

/** What the node of a start needs. `undefined` when there is a later start, or nothing is known of the image yet. */
export async function readEnvironmentPlan(
  { db, push }: { readonly db: Db; readonly push: Pick<PushTarget, 'url' | 'prefix'> },
  { environmentId, start }: EnvironmentRef,
): Promise<EnvironmentPlan | undefined> {
  const row = await findEnvironment(db, environmentId)
  const config = row?.image_config
  if (row === undefined || row.start !== start || config == null) return undefined
  const gpu = await findGpuOf(db, { environmentId, start })
  if (row.gpu && gpu === undefined) return undefined
  return {
    environment_id: environmentId,
    start,
    project: row.project,
    project_id: row.project_id,
    registry: { host: push.url.host, repository: `${push.prefix}/${row.repository}` },
    digest: row.digest,
    command: [...(row.command ?? [...config.entrypoint, ...config.cmd])],
    env: config.env,
    user: config.user,
    workdir: config.workdir,
    stop_signal: config.stop_signal,
    cpu: row.cpu,
    memory_bytes: row.memory_bytes,
    pids: environmentPids,
    gpu: gpu ?? null,
    volumes: [...row.volumes],
  }
}
