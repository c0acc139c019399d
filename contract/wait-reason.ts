import { whichNodes } from './which-nodes.ts'

/** Nodes that a build would go to. */
interface FittingNodes {
  readonly count: number
  /** Absent when any will do. */
  readonly platform?: string
  /** Whether only those with a GPU for it come into question. */
  readonly gpu?: true
}

/** Why a build waits for a node. */
export type WaitReason =
  | { readonly code: 'no_nodes' }
  | { readonly code: 'no_builder'; readonly platform: string }
  | ({ readonly code: 'drained'; readonly node: string; readonly because: string } & FittingNodes)
  | ({ readonly code: 'full'; readonly roomy?: true } & FittingNodes)
  | ({ readonly code: 'disk_low'; readonly node: string; readonly disk: string } & FittingNodes)
  | ({ readonly code: 'offline'; readonly nodes: readonly string[] } & FittingNodes)
  | {
      readonly code: 'project_cap'
      readonly project: string
      readonly running: number
      readonly max: number
    }
  | {
      readonly code: 'user_cap'
      readonly user: string
      /** Absent when it is a limit of the whole farm. */
      readonly project?: string
      readonly running: number
      readonly max: number
    }
  | { readonly code: 'farm_paused'; readonly because: string }
  | { readonly code: 'project_paused'; readonly project: string; readonly because: string }
  | { readonly code: 'wanted'; readonly node: string; readonly state: WantedState }
  | { readonly code: 'farm_cap'; readonly running: number; readonly max: number }
  | { readonly code: 'joined'; readonly build: string }

/** Why the node that an operator sends a build to, or that has what it saves, does not take it. */
export type WantedState = 'gone' | 'offline' | 'drained' | 'disk_low' | 'unfit' | 'full'

type Texts = Readonly<Record<'en' | 'zh', string>>

const wantedStates: Readonly<Record<WantedState, Texts>> = {
  gone: { en: 'is not there any more', zh: '已不存在' },
  offline: { en: 'is offline', zh: '不在线' },
  drained: { en: 'takes no more builds', zh: '不再接受构建' },
  disk_low: { en: 'makes room on its disk first', zh: '正在清理磁盘' },
  unfit: { en: 'does not build for its platform', zh: '不支持所需平台' },
  full: { en: 'is full', zh: '已满' },
}

/** A reason in words, for people. Pure. */
export function sayWait(reason: WaitReason): Texts {
  switch (reason.code) {
    case 'no_nodes':
      return { en: 'no node has joined yet', zh: '还没有节点加入' }
    case 'no_builder':
      return {
        en: `no node builds for ${reason.platform}`,
        zh: `没有节点能为 ${reason.platform} 构建`,
      }
    case 'project_cap':
    case 'user_cap':
    case 'farm_cap':
      return sayCap(reason)
    case 'joined':
      return {
        en: `${reason.build} does the same work and is waited for`,
        zh: `正在等待内容相同的构建 ${reason.build} 完成`,
      }
    case 'farm_paused':
      return { en: `the queue is paused: ${reason.because}`, zh: `队列已暂停：${reason.because}` }
    case 'project_paused': {
      const { project, because } = reason
      return {
        en: `the queue of project ${project} is paused: ${because}`,
        zh: `项目 ${project} 的队列已暂停：${because}`,
      }
    }
    case 'wanted': {
      const { en, zh } = wantedStates[reason.state]
      return {
        en: `it is to go to ${reason.node}, which ${en}`,
        zh: `指定的节点 ${reason.node} ${zh}`,
      }
    }
    case 'drained':
    case 'full':
    case 'disk_low':
    case 'offline':
      break
  }
  return sayNodes(reason)
}

type CapReason = Extract<WaitReason, { readonly max: number }>

function sayCap(reason: CapReason): Texts {
  const { running, max } = reason
  const count = {
    en: `${running} of ${max} builds running`,
    zh: `正在运行 ${running} 个构建，上限为 ${max} 个`,
  }
  if (reason.code === 'farm_cap') {
    return { en: `the farm has ${count.en}`, zh: `构建农场${count.zh}` }
  }
  const { project } = reason
  if (reason.code === 'project_cap') {
    return { en: `project ${project} has ${count.en}`, zh: `项目 ${project} ${count.zh}` }
  }
  const { user } = reason
  return project === undefined
    ? { en: `${user} has ${count.en}`, zh: `用户 ${user} ${count.zh}` }
    : {
        en: `${user} has ${count.en} in project ${project}`,
        zh: `用户 ${user} 在项目 ${project} 中${count.zh}`,
      }
}

type NodesReason = Extract<WaitReason, FittingNodes>

function sayNodes(reason: NodesReason): Texts {
  const { count } = reason
  const { en, zh } = whichNodes(reason, (parts) => `（${parts.join('，')}）`)
  if (reason.code === 'drained') {
    const { node, because } = reason
    return {
      en: `all ${count} ready nodes${en} take no more builds: ${node}: ${because}`,
      zh: `全部 ${count} 个在线节点${zh}不再接受构建：${node}：${because}`,
    }
  }
  if (reason.code === 'disk_low') {
    const { node, disk } = reason
    return {
      en: `all ${count} ready nodes${en} make room on their disks first: ${node}: ${disk}`,
      zh: `全部 ${count} 个在线节点${zh}正在清理磁盘：${node}：${disk}`,
    }
  }
  if (reason.code === 'full') {
    const roomy = reason.roomy
      ? { en: ' with room on their disks', zh: '磁盘有空间的' }
      : { en: '', zh: '' }
    return {
      en: `all ${count} ready nodes${en}${roomy.en} are full`,
      zh: `全部 ${count} 个${roomy.zh}在线节点${zh}已满`,
    }
  }
  const names = reason.nodes.join(', ')
  const more = count - reason.nodes.length
  return {
    en: `all nodes${en} are offline: ${names}${more > 0 ? ` and ${more} more` : ''}`,
    zh: `全部节点${zh}都不在线：${names}${more > 0 ? ` 以及另外 ${more} 个` : ''}`,
  }
}
