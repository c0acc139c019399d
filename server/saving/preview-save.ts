import type { SavedPaths } from '#contract/save.ts'
import type { EnvironmentRow } from '../../records/find-environments.ts'
import { countUse } from '../../records/quota-use.ts'
import { readLimits } from '../../records/quotas.ts'
import { countSaves } from '../../records/saves.ts'
import type { RequestScope } from '../access/request-scope.ts'
import type { Tunnels } from '../tunnels/tunnels.ts'
import { requireFiles } from './accept-save.ts'
import { askSurvey } from './ask-survey.ts'

/** What of the disk of its node a save needs, in times of what is saved. */
const diskTimes = 2

/** What would be saved, what would not, and whether there is room. Sizes in bytes. @throws Refusal */
export async function previewSave(
  { scope, tunnels }: { readonly scope: RequestScope; readonly tunnels: Pick<Tunnels, 'open'> },
  environment: EnvironmentRow,
  choices: SavedPaths,
) {
  requireFiles(environment)
  const { free_bytes: free, ...survey } = await askSurvey(tunnels, environment, choices)
  const [{ registry_bytes: limit }, used, saves] = await Promise.all([
    readLimits(scope.farm, environment.project_id),
    countUse.registry_bytes(scope.farm, environment.project_id),
    countSaves(scope.farm, environment.id),
  ])
  return {
    environment_id: environment.id,
    start: environment.start,
    parent: { name: environment.name, version: environment.version, digest: environment.digest },
    /** Layers of saves in the parent, which `squash` would make one with the new one. */
    saves_below: saves,
    ...survey,
    room: {
      /** Before it is compressed. */
      registry_bytes: survey.bytes,
      registry_left: limit === null ? null : Math.max(0, limit - used),
      disk_bytes: survey.bytes * diskTimes,
      disk_left: free,
      fits: survey.bytes * diskTimes < free && (limit === null || used < limit),
    },
  }
}
