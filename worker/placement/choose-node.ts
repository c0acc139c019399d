import type { PlacementReason } from '#contract/placement-reason.ts'
import type { Lane, WaitingBuild } from '../../records/lanes.ts'
import { canBuild, hasGpuFor } from './able-nodes.ts'
import { chooseByCache, type Place } from './cache-node.ts'

export interface ChosenNode {
  readonly place: Place
  /** Whether the build goes without a GPU because it has waited for one long enough. */
  readonly gpuWaited: boolean
  readonly reason: PlacementReason
}

/**
 * The node that keeps the cache of the image, of those that build for the platform of the build, unless it has more than
 * its share of builds already. One that needs a GPU goes to a node that has one for it. When there is no such node, or it
 * has waited for room there as long as its policy says, it goes anywhere, and its policy decides there. `undefined` when
 * there is no room for it. Pure.
 */
export function chooseNode(
  build: WaitingBuild,
  { projectId, wantedNode }: Pick<Lane, 'projectId' | 'wantedNode'>,
  places: readonly Place[],
): ChosenNode | undefined {
  if (wantedNode !== null) return takeWanted(build, wantedNode, places)
  const open = places.filter(({ node }) => node.drained === null)
  const { able, common, gpuWaited } = chooseAmong(build, open)
  const choice = chooseByCache(`${projectId}/${build.image}`, able)
  if (choice === undefined) return undefined
  const { home, chosen: place } = choice
  const { image } = build
  const { name: node, slots } = place.node
  const elsewhere = { home: { node: home.node.name, full: home.free === 0 } }
  const kept = home === place ? {} : elsewhere
  const by = { code: 'cache' as const, image, ready: able.length, ...common, ...kept }
  return { place, gpuWaited, reason: { node, free: place.free, slots, by } }
}

/** Where an operator sends it, or what it saves is, whatever GPUs there are: the gate decides there. */
function takeWanted(
  { platform }: WaitingBuild,
  id: string,
  places: readonly Place[],
): ChosenNode | undefined {
  const place = places.find(({ node }) => node.id === id)
  if (place === undefined || place.free === 0 || !canBuild(place.node, platform)) return undefined
  const { name: node, slots } = place.node
  const reason = { node, free: place.free, slots, by: { code: 'operator' as const } }
  return { place, gpuWaited: false, reason }
}

/** The nodes that come into question, and what is to be said of them. */
function chooseAmong({ platform, gpu }: WaitingBuild, places: readonly Place[]) {
  const able = places.filter(({ node }) => canBuild(node, platform))
  const which = platform === null ? {} : { platform }
  if (gpu === undefined) return { able, common: which, gpuWaited: false }
  const fitting = able.filter(({ node }) => hasGpuFor(node, gpu))
  if (fitting.length === 0) {
    return { able, common: { ...which, policy: 'no_gpu' as const }, gpuWaited: false }
  }
  if (gpu.waited && fitting.every(({ free }) => free === 0)) {
    return { able, common: { ...which, policy: 'gpu_waited' as const }, gpuWaited: true }
  }
  return { able: fitting, common: { ...which, gpu: true as const }, gpuWaited: false }
}
