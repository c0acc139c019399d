import type { FreeNode, Placement, WaitingBuild } from '../../records/attempts.ts'

/**
 * Gives each waiting build, in their order, the node with the most free slots; equals go by name. Builds that find no
 * room stay waiting. Pure.
 */
export function chooseNodes(
  waiting: readonly WaitingBuild[],
  nodes: readonly FreeNode[],
): readonly Placement[] {
  const free = new Map(nodes.map((node) => [node, node.slots - node.busy]))
  const placements: Placement[] = []
  for (const { id } of waiting) {
    const [best] = [...free].toSorted(
      ([a, roomA], [b, roomB]) =>
        roomB - roomA || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1),
    )
    if (best === undefined || best[1] <= 0) break
    const [node, room] = best
    const reason = `${node.name} has ${room} of ${node.slots} slots free, the most of ${nodes.length} ready nodes`
    placements.push({ buildId: id, node, reason })
    free.set(node, room - 1)
  }
  return placements
}
