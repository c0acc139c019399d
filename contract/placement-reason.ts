import { whichNodes } from './which-nodes.ts'

/** Why a build went to a node. */
export interface PlacementReason {
  readonly node: string
  /** Its slots that were free before it came, of so many. */
  readonly free: number
  readonly slots: number
  /** What decided: an operator, the cache of its image on that node, or that the node with the cache had no room for it. */
  readonly by: ByOperator | ByCache
}

interface ByOperator {
  readonly code: 'operator'
}

interface ByCache {
  readonly code: 'cache'
  readonly image: string
  /** Ready nodes that came into question. */
  readonly ready: number
  /** What they had in common, where that was asked. */
  readonly platform?: string
  readonly gpu?: true
  /** The node that keeps the cache, where another one took the build. */
  readonly home?: { readonly node: string; readonly full: boolean }
  /** Why its policy decides about GPUs there, where it does. */
  readonly policy?: 'no_gpu' | 'gpu_waited'
}

type Texts = Readonly<Record<'en' | 'zh', string>>

const policies: Readonly<Record<NonNullable<ByCache['policy']>, Texts>> = {
  no_gpu: {
    en: '; no ready node has a GPU for it, so its policy decides',
    zh: '；没有在线节点有适合的 GPU，由项目策略决定',
  },
  gpu_waited: {
    en: '; no node with a GPU for it had room in time, so its policy decides',
    zh: '；有适合 GPU 的节点未能及时空出，由项目策略决定',
  },
}

/** A reason in words, for people. Pure. */
export function sayPlacement({ node, free, slots, by }: PlacementReason): Texts {
  if (by.code === 'operator') {
    return {
      en: `${node} is where an operator sends it, with ${free} of ${slots} slots free`,
      zh: `管理员将其发送到 ${node}，空闲 ${free}/${slots} 个位置`,
    }
  }
  const which = whichNodes(by, (parts) => `，${parts.join('且')}`)
  const room = {
    en: `${free} of ${slots} slots free, of ${by.ready} ready nodes${which.en}`,
    zh: `空闲 ${free}/${slots} 个位置（共 ${by.ready} 个在线节点${which.zh}）`,
  }
  const remark = by.policy === undefined ? { en: '', zh: '' } : policies[by.policy]
  if (by.home === undefined) {
    return {
      en: `${node} is where ${by.image} has its cache, with ${room.en}${remark.en}`,
      zh: `${node} 有 ${by.image} 的缓存，${room.zh}${remark.zh}`,
    }
  }
  const { node: home, full } = by.home
  return {
    en: `${node} has ${room.en}; ${home}, where ${by.image} has its cache, ${full ? 'is full' : 'has its share of builds already'}${remark.en}`,
    zh: `${node} ${room.zh}；有 ${by.image} 缓存的 ${home} ${full ? '已满' : '已达到其构建份额'}${remark.zh}`,
  }
}
