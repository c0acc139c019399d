import type { KnownNode, Placement, WaitingBuild } from '../../records/attempts.ts'

/**
 * Gives each waiting build, in their order, the node with the most free slots among those that build for its platform;
 * equals go by name. Builds that find no room stay waiting. Pure.
 */
export function chooseNodes(
  waiting: readonly WaitingBuild[],
  nodes: readonly KnownNode[],
): readonly Placement[] {
  const free = new Map(nodes.map((node) => [node, node.slots - node.busy]))
  return waiting.flatMap(({ id, platform }) => {
    const able = [...free].filter(
      ([{ platforms }]) => platform === null || platforms.includes(platform),
    )
    const [best] = able.toSorted(
      ([a, roomA], [b, roomB]) =>
        roomB - roomA || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1),
    )
    if (best === undefined || best[1] <= 0) return []
    const [node, room] = best
    const which = platform === null ? '' : ` that build for ${platform}`
    const reason = `${node.name} has ${room} of ${node.slots} slots free, the most of ${able.length} ready nodes${which}`
    free.set(node, room - 1)
    return [{ buildId: id, node, reason }]
  })
}
