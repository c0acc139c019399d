import { explainVolumes, hasVolumes } from './volumes-of-host.ts'
import type {
  Host,
  HostChoice,
  HostGpu,
  WaitingEnvironment,
} from '../records/environment-placement.ts'

/** What an environment asks of a node. */
export interface HostWish extends Pick<WaitingEnvironment, 'cpu' | 'memoryBytes' | 'volumes'> {
  /** `null` when it is not known yet. */
  readonly platform: string | null
}

/** Of a node's memory, what environments may have together: the rest is for builds and the node itself. */
const memoryShare = 0.9
const named = 3

/** Whether an image is worth starting on a GPU of a node. */
export type FitsGpu = (gpu: HostGpu) => boolean

/**
 * Gives an environment the node with the most memory free among those that fit; equals go by name. One that is to have a
 * GPU gets the first free one that its image fits. Pure.
 */
export function chooseHost(
  { nodeId, gpu: needsGpu, ...wish }: WaitingEnvironment,
  hosts: readonly Host[],
  fits: FitsGpu,
): HostChoice | string {
  const own = nodeId === null ? hosts : hosts.filter(({ id }) => id === nodeId)
  if (own.length === 0 && nodeId !== null) {
    return 'the node that has its files is no longer registered'
  }
  const capable = needsGpu ? own.filter(({ gpus }) => gpus.some(fits)) : own
  if (capable.length === 0 && needsGpu)
    return 'no node that it may run on has a GPU that its image fits'
  const unfit = explainUnfit(wish, capable)
  if (unfit !== undefined) return unfit
  const fitting = capable.filter((host) => couldRun(host, wish))
  const open = fitting.filter((host) => closedBecause(host) === undefined)
  const freeGpu = ({ gpus }: Host) => gpus.find((one) => !one.isTaken && fits(one))?.gpu
  const [host] = open
    .filter((each) => hasRoom(each, wish) && (!needsGpu || freeGpu(each) !== undefined))
    .toSorted((a, b) => freeMemory(b) - freeMemory(a))
  if (host === undefined) return explainBusy(fitting, open, needsGpu)
  const gpu = needsGpu ? freeGpu(host) : undefined
  const why =
    nodeId === null ? `the most memory free of ${open.length} nodes that fit` : 'its files'
  return { host, reason: `${host.name} has ${why}`, ...(gpu && { gpu }) }
}

/**
 * Why no node could ever run such an environment, with the smallest change that would help, in words; `undefined` when one
 * could. Pure.
 */
export function explainUnfit(wish: HostWish, hosts: readonly Host[]): string | undefined {
  const able = hosts.filter((host) => host.able)
  if (able.length === 0) {
    return hosts.length === 0
      ? 'no node has joined this farm yet: let one join'
      : 'no node of this farm runs environments: their agents are too old, or cannot mount overlays'
  }
  const withVolumes = able.filter((host) => hasVolumes(host, wish.volumes))
  if (withVolumes.length === 0) return explainVolumes(wish.volumes, able)
  const alike = withVolumes.filter((host) => isFor(host, wish))
  if (alike.length === 0) {
    const has = wish.volumes.length === 0 ? '' : ' that has its volumes'
    return `the image is for ${wish.platform}, and no node${has} is: build it for ${ownPlatform(withVolumes)}`
  }
  const cores = Math.max(...alike.map((host) => host.cores))
  if (cores < wish.cpu) {
    return `no node has ${wish.cpu} cores, the largest has ${cores}: ask for at most cpu ${cores}`
  }
  const memory = Math.max(...alike.map(memoryOf))
  if (memory < wish.memoryBytes) {
    return `no node gives ${wish.memoryBytes} bytes of memory: ask for at most memory_bytes ${memory}`
  }
  if (alike.some((host) => couldRun(host, wish))) return undefined
  return `no single node has ${wish.cpu} cores together with ${wish.memoryBytes} bytes of memory: ask for less of one`
}

function ownPlatform(hosts: readonly Host[]): string {
  return hosts[0]?.platforms[0] ?? 'another platform'
}

function isFor({ platforms }: Host, { platform }: HostWish): boolean {
  return platform === null || platforms.includes(platform)
}

function couldRun(host: Host, wish: HostWish): boolean {
  if (!host.able || !isFor(host, wish) || !hasVolumes(host, wish.volumes)) return false
  return host.cores >= wish.cpu && memoryOf(host) >= wish.memoryBytes
}

function hasRoom(host: Host, { cpu, memoryBytes }: HostWish): boolean {
  return host.cores - host.usedCpu >= cpu && freeMemory(host) >= memoryBytes
}

function memoryOf({ memoryBytes }: Pick<Host, 'memoryBytes'>): number {
  return Math.floor(memoryBytes * memoryShare)
}

function freeMemory(host: Host): number {
  return memoryOf(host) - host.usedMemory
}

function closedBecause({ ready, drained, diskLow }: Host): string | undefined {
  if (!ready) return 'does not answer'
  if (drained !== null) return `takes no more work: ${drained}`
  return diskLow === null ? undefined : `makes room on its disk first: ${diskLow}`
}

function explainBusy(fitting: readonly Host[], open: readonly Host[], needsGpu: boolean): string {
  if (open.length > 0) {
    const what = needsGpu ? 'are full, or their GPUs are taken' : 'are full'
    return `all ${open.length} nodes that fit ${what}`
  }
  const why = fitting.slice(0, named).map((host) => `${host.name} ${closedBecause(host)}`)
  const more = fitting.length > named ? `, and ${fitting.length - named} more` : ''
  return `no node that fits can take it now: ${why.join(', ')}${more}`
}
