import type { SavedPaths } from '#contract/save.ts'
import { maxImageLayers } from '#contract/wire/save.ts'
import type { EnvironmentRow } from '../../records/find-environments.ts'
import { countUse } from '../../records/quota-use.ts'
import { readLimits } from '../../records/quotas.ts'
import { readSaveChain } from '../../records/saves.ts'
import type { RequestScope } from '../access/request-scope.ts'
import type { Tunnels } from '../tunnels/tunnels.ts'
import { requireFiles } from './accept-save.ts'
import { askSurvey } from './ask-survey.ts'
import { countLayers } from './count-layers.ts'

/** What of the disk of its node a save needs, in times of what is saved. */
const diskTimes = 2
/** Squashing is advised from this part of the layers that an image may have, and from so much that is hidden. */
const crowdedFrom = 0.8
const minWaste = 100 * 1024 ** 2

/** What would be saved, what would not, and whether there is room. Sizes in bytes. @throws Refusal */
export async function previewSave(
  { scope, tunnels }: { readonly scope: RequestScope; readonly tunnels: Pick<Tunnels, 'open'> },
  environment: EnvironmentRow,
  choices: SavedPaths,
  signal: AbortSignal,
) {
  requireFiles(environment)
  const { free_bytes: free, ...survey } = await askSurvey(tunnels, environment, choices, signal)
  const { farm } = scope
  const [{ registry_bytes: limit }, used, saves, below] = await Promise.all([
    readLimits(farm, environment.project_id),
    countUse.registry_bytes(farm, environment.project_id),
    readSaveChain(farm, environment.id),
    countLayers(farm, environment.digest),
  ])
  const layers = below === null ? null : below + 1
  const wasted = saves.hiddenBytes + survey.hidden_bytes
  const isCrowded = layers !== null && layers > maxImageLayers * crowdedFrom
  return {
    environment_id: environment.id,
    start: environment.start,
    parent: { name: environment.name, version: environment.version, digest: environment.digest },
    /** Layers of saves in the parent, which `squash` would make one with the new one. */
    saves_below: saves.count,
    /** Of the image that would be made, without squashing. */
    layers,
    layers_allowed: maxImageLayers,
    /** What the layers of saves and the new one hide of those below them. */
    wasted_bytes: wasted,
    squash_advised: saves.count > 0 && (isCrowded || wasted > minWaste),
    ...survey,
    room: {
      /** Before it is compressed. */
      registry_bytes: survey.bytes,
      registry_left: limit === null ? null : Math.max(0, limit - used),
      disk_bytes: survey.bytes * diskTimes,
      disk_left: free,
      fits:
        survey.bytes * diskTimes < free &&
        (limit === null || used < limit) &&
        (layers ?? 0) <= maxImageLayers,
    },
  }
}
