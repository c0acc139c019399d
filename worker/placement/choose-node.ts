import type { KnownNode } from '../../records/known-nodes.ts'
import type { WaitingBuild } from '../../records/lanes.ts'
import { canBuild, hasGpuFor } from './able-nodes.ts'

/** How many builds each node that takes builds has room for. */
export type Room = ReadonlyMap<KnownNode, number>

export interface ChosenNode {
  readonly node: KnownNode
  /** Whether the build goes without a GPU because it has waited for one long enough. */
  readonly gpuWaited: boolean
  /** Why this node, in words, for people. */
  readonly reason: string
}

/**
 * The node with the most room among those that build for the platform of the build; equals go by name. One that needs a
 * GPU goes to a node that has one for it. When there is no such node, or it has waited for room there as long as its
 * policy says, it goes anywhere, and its policy decides there. `undefined` when there is no room for it. Pure.
 */
export function chooseNode(build: WaitingBuild, room: Room): ChosenNode | undefined {
  const { able, which, remark, gpuWaited } = chooseAmong(build, room)
  const [first, ...others] = able
  if (first === undefined) return undefined
  const node = others.reduce((best, each) => (isRoomier(each, best, room) ? each : best), first)
  const free = room.get(node) ?? 0
  if (free <= 0) return undefined
  const reason = `${node.name} has ${free} of ${node.slots} slots free, the most of ${able.length} ready nodes${which}${remark}`
  return { node, gpuWaited, reason }
}

function isRoomier(node: KnownNode, other: KnownNode, room: Room): boolean {
  const more = (room.get(node) ?? 0) - (room.get(other) ?? 0)
  if (more !== 0) return more > 0
  return node.name === other.name ? node.id < other.id : node.name < other.name
}

/** The nodes that come into question, what they have in common, and what else is to be said, in words. */
function chooseAmong({ platform, gpu }: WaitingBuild, room: Room) {
  const able = [...room.keys()].filter((node) => canBuild(node, platform))
  const which = platform === null ? '' : ` that build for ${platform}`
  const anywhere = { able, which, remark: '', gpuWaited: false }
  if (gpu === undefined) return anywhere
  const fitting = able.filter((node) => hasGpuFor(node, gpu))
  if (fitting.length === 0) {
    return { ...anywhere, remark: '; no ready node has a GPU for it, so its policy decides' }
  }
  if (gpu.waited && fitting.every((node) => (room.get(node) ?? 0) <= 0)) {
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
