import type { Lane, WaitingBuild } from '../../records/lanes.ts'
import { canBuild, hasGpuFor } from './able-nodes.ts'
import { chooseByCache, type Place } from './cache-node.ts'

export interface ChosenNode {
  readonly place: Place
  /** Whether the build goes without a GPU because it has waited for one long enough. */
  readonly gpuWaited: boolean
  /** Why this node, in words, for people. */
  readonly reason: string
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
  const { able, which, remark, gpuWaited } = chooseAmong(build, places)
  const choice = chooseByCache(`${projectId}/${build.image}`, able)
  if (choice === undefined) return undefined
  const { home, chosen: place } = choice
  const room = `${place.free} of ${place.node.slots} slots free, of ${able.length} ready nodes${which}`
  const cache = `where ${build.image} has its cache`
  const reason =
    home === place
      ? `${place.node.name} is ${cache}, with ${room}`
      : `${place.node.name} has ${room}; ${home.node.name}, ${cache}, ${home.free === 0 ? 'is full' : 'has its share of builds already'}`
  return { place, gpuWaited, reason: `${reason}${remark}` }
}

/** Where an operator sends it, whatever GPUs there are: the gate decides there. */
function takeWanted(
  { platform }: WaitingBuild,
  id: string,
  places: readonly Place[],
): ChosenNode | undefined {
  const place = places.find(({ node }) => node.id === id)
  if (place === undefined || place.free === 0 || !canBuild(place.node, platform)) return undefined
  const { name, slots } = place.node
  const reason = `${name} is where an operator sends it, with ${place.free} of ${slots} slots free`
  return { place, gpuWaited: false, reason }
}

/** The nodes that come into question, what they have in common, and what else is to be said, in words. */
function chooseAmong({ platform, gpu }: WaitingBuild, places: readonly Place[]) {
  const able = places.filter(({ node }) => canBuild(node, platform))
  const which = platform === null ? '' : ` that build for ${platform}`
  const anywhere = { able, which, remark: '', gpuWaited: false }
  if (gpu === undefined) return anywhere
  const fitting = able.filter(({ node }) => hasGpuFor(node, gpu))
  if (fitting.length === 0) {
    return { ...anywhere, remark: '; no ready node has a GPU for it, so its policy decides' }
  }
  if (gpu.waited && fitting.every(({ free }) => free === 0)) {
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
