import type { ChooseHost } from '../records/environment-placement.ts'
import { chooseHost } from './choose-host.ts'
import { groupGpus } from './fleet-classes.ts'
import { judgeCell } from './judge-cell.ts'
import { readKnown } from './read-known.ts'

/** Chooses a node for an environment: by what was measured of its image on each class of GPUs, else by its files. */
export const placeEnvironment: ChooseHost = async (db, waiting, hosts) => {
  if (!waiting.gpu) return chooseHost(waiting, hosts, () => true)
  const all = hosts.flatMap(({ id, name, gpus }) =>
    gpus.map((one) => ({ ...one, nodeId: id, nodeName: name })),
  )
  const known = (await readKnown(db, [waiting.digest], groupGpus(all)))(waiting.digest)
  return chooseHost(
    waiting,
    hosts,
    ({ gpu, arch }) => judgeCell(known, gpu, arch).verdict !== 'will_not_run',
  )
}
