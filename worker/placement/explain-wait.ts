import type { WaitReason } from '#contract/wait-reason.ts'
import type { KnownNode } from '../../records/known-nodes.ts'
import type { WaitingBuild } from '../../records/lanes.ts'
import { canBuild, hasGpuFor } from './able-nodes.ts'

const named = 3

/** Why builds like this one wait although there are these nodes. One that needs a GPU waits only for nodes that have one for it. Pure. */
export function explainWait(
  { platform, gpu }: Pick<WaitingBuild, 'platform' | 'gpu'>,
  nodes: readonly KnownNode[],
): WaitReason {
  if (nodes.length === 0) return { code: 'no_nodes' }
  const builders = nodes.filter((node) => canBuild(node, platform))
  if (platform !== null && builders.length === 0) return { code: 'no_builder', platform }
  const fitting =
    gpu === undefined ? [] : builders.filter((node) => node.ready && hasGpuFor(node, gpu))
  const able = fitting.length > 0 ? fitting : builders
  const which = (count: number) => ({
    count,
    ...(platform !== null && { platform }),
    ...(fitting.length > 0 && { gpu: true as const }),
  })
  const answering = able.filter((node) => node.ready)
  const ready = answering.filter(({ drained }) => drained === null)
  const [first] = answering
  if (first !== undefined && ready.length === 0) {
    const because = first.drained ?? ''
    return { code: 'drained', node: first.name, because, ...which(answering.length) }
  }
  const roomy = ready.filter(({ diskLow }) => diskLow === null)
  const [crowded] = ready
  if (crowded !== undefined && roomy.length === 0) {
    const disk = crowded.diskLow ?? ''
    return { code: 'disk_low', node: crowded.name, disk, ...which(ready.length) }
  }
  if (ready.length > roomy.length) return { code: 'full', roomy: true, ...which(roomy.length) }
  if (ready.length > 0) return { code: 'full', ...which(ready.length) }
  const names = able.slice(0, named).map(({ name }) => name)
  return { code: 'offline', nodes: names, ...which(able.length) }
}
