import type { KnownNode, Placement, WaitingBuild } from '../../records/attempts.ts'
import { canBuild, hasGpuFor } from './able-nodes.ts'

/**
 * Gives each waiting build, in their order, the node with the most free slots among those that build for its platform;
 * equals go by name. One that needs a GPU goes to a node that has one for it. When there is no such node, or it has
 * waited for room there as long as its policy says, it goes anywhere, and its policy decides there. Builds that find no
 * room stay waiting. Pure.
 */
export function chooseNodes(
  waiting: readonly WaitingBuild[],
  nodes: readonly KnownNode[],
): readonly Placement[] {
  const free = new Map(nodes.map((node) => [node, node.slots - node.busy]))
  return waiting.flatMap((build) => {
    const { able, which, remark, gpuWaited } = chooseAmong(build, nodes, free)
    const [node] = able.toSorted(
      (a, b) =>
        (free.get(b) ?? 0) - (free.get(a) ?? 0) ||
        a.name.localeCompare(b.name) ||
        (a.id < b.id ? -1 : 1),
    )
    const room = node === undefined ? 0 : (free.get(node) ?? 0)
    if (node === undefined || room <= 0) return []
    const reason = `${node.name} has ${room} of ${node.slots} slots free, the most of ${able.length} ready nodes${which}${remark}`
    free.set(node, room - 1)
    return [{ buildId: build.id, node, reason, gpuWaited }]
  })
}

/** The nodes that come into question, what they have in common, and what else is to be said, in words. */
function chooseAmong(
  { platform, gpu }: WaitingBuild,
  nodes: readonly KnownNode[],
  free: ReadonlyMap<KnownNode, number>,
) {
  const able = nodes.filter((node) => canBuild(node, platform))
  const which = platform === null ? '' : ` that build for ${platform}`
  const anywhere = { able, which, remark: '', gpuWaited: false }
  if (gpu === undefined) return anywhere
  const fitting = able.filter((node) => hasGpuFor(node, gpu))
  if (fitting.length === 0) {
    return { ...anywhere, remark: '; no ready node has a GPU for it, so its policy decides' }
  }
  if (gpu.waited && fitting.every((node) => (free.get(node) ?? 0) <= 0)) {
    return {
      ...anywhere,
      remark: '; no node with a GPU for it had room in time, so its policy decides',
      gpuWaited: true,
    }
  }
  return {
    able: fitting,
    which: `${which}${platform === null ? ' that' : ' and'} have a GPU for it`,
    remark: '',
    gpuWaited: false,
  }
}
