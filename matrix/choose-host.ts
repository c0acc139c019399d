import { explainVolumes, hasVolumes } from './volumes-of-host.ts'
import type {
  Host,
  HostChoice,
  HostGpu,
  WaitTexts,
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
): HostChoice | WaitTexts {
  const own = nodeId === null ? hosts : hosts.filter(({ id }) => id === nodeId)
  if (own.length === 0 && nodeId !== null) {
    return {
      en: 'the node that has its files is no longer registered',
      zh: '存有其文件的节点已不在集群中',
    }
  }
  const capable = needsGpu ? own.filter(({ gpus }) => gpus.some(fits)) : own
  if (capable.length === 0 && needsGpu) {
    return {
      en: 'no node that it may run on has a GPU that its image fits',
      zh: '可用的节点上没有适合该镜像的 GPU',
    }
  }
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
export function explainUnfit(wish: HostWish, hosts: readonly Host[]): WaitTexts | undefined {
  const able = hosts.filter((host) => host.able)
  if (able.length === 0) {
    return hosts.length === 0
      ? {
          en: 'no node has joined this farm yet: let one join',
          zh: '集群中还没有节点：请先添加节点',
        }
      : {
          en: 'no node of this farm runs environments: their agents are too old, or cannot mount overlays',
          zh: '集群中没有能运行环境的节点：代理版本过旧，或无法挂载 overlay',
        }
  }
  const withVolumes = able.filter((host) => hasVolumes(host, wish.volumes))
  if (withVolumes.length === 0) return explainVolumes(wish.volumes, able)
  const alike = withVolumes.filter((host) => isFor(host, wish))
  if (alike.length === 0) {
    const has =
      wish.volumes.length === 0
        ? { en: '', zh: '' }
        : { en: ' that has its volumes', zh: '提供其卷的' }
    const own = ownPlatform(withVolumes)
    return {
      en: `the image is for ${wish.platform}, and no node${has.en} is: build it for ${own}`,
      zh: `镜像面向 ${wish.platform}，没有${has.zh}节点是该平台：请为 ${own} 构建`,
    }
  }
  const cores = Math.max(...alike.map((host) => host.cores))
  if (cores < wish.cpu) {
    return {
      en: `no node has ${wish.cpu} cores, the largest has ${cores}: ask for at most cpu ${cores}`,
      zh: `没有节点有 ${wish.cpu} 核，最大的有 ${cores} 核：cpu 最多填 ${cores}`,
    }
  }
  const memory = Math.max(...alike.map(memoryOf))
  if (memory < wish.memoryBytes) {
    return {
      en: `no node gives ${wish.memoryBytes} bytes of memory: ask for at most memory_bytes ${memory}`,
      zh: `没有节点能提供 ${wish.memoryBytes} 字节内存：memory_bytes 最多填 ${memory}`,
    }
  }
  if (alike.some((host) => couldRun(host, wish))) return undefined
  return {
    en: `no single node has ${wish.cpu} cores together with ${wish.memoryBytes} bytes of memory: ask for less of one`,
    zh: `没有一个节点同时有 ${wish.cpu} 核和 ${wish.memoryBytes} 字节内存：请减少其中一项`,
  }
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

function closedBecause({ ready, drained, diskLow }: Host): WaitTexts | undefined {
  if (!ready) return { en: 'does not answer', zh: '没有应答' }
  if (drained !== null)
    return { en: `takes no more work: ${drained}`, zh: `不再接受任务：${drained}` }
  if (diskLow === null) return undefined
  return { en: `makes room on its disk first: ${diskLow}`, zh: `正在清理磁盘：${diskLow}` }
}

function explainBusy(
  fitting: readonly Host[],
  open: readonly Host[],
  needsGpu: boolean,
): WaitTexts {
  if (open.length > 0) {
    const what = needsGpu
      ? { en: 'are full, or their GPUs are taken', zh: '已满，或 GPU 已被占用' }
      : { en: 'are full', zh: '已满' }
    return {
      en: `all ${open.length} nodes that fit ${what.en}`,
      zh: `适合的 ${open.length} 个节点均${what.zh}`,
    }
  }
  const left = fitting.length - named
  const why = (language: keyof WaitTexts) =>
    fitting.slice(0, named).map((host) => `${host.name} ${closedBecause(host)?.[language]}`)
  return {
    en: `no node that fits can take it now: ${why('en').join(', ')}${left > 0 ? `, and ${left} more` : ''}`,
    zh: `适合的节点目前都不可用：${why('zh').join('，')}${left > 0 ? `，另有 ${left} 个` : ''}`,
  }
}
