/**
 * Why an environment is in its state. A code is a contract, as those of failed builds are. `actor` is who must act for the
 * next start to go well; `farm` where nobody needs to.
 */
interface ReasonRule {
  readonly actor: 'user' | 'registry' | 'farm'
  readonly en: string
  readonly zh: string
}

export const environmentReasons = {
  stop_requested: { actor: 'user', en: 'It was asked to stop', zh: '已按请求停止' },
  expired: {
    actor: 'user',
    en: 'It ran as long as it was allowed to: start it again when it is still needed',
    zh: '已达到允许的最长运行时间；如仍需要，请重新启动',
  },
  idle: {
    actor: 'user',
    en: 'Nobody used it for as long as it may be idle: start it again when it is needed',
    zh: '空闲时间已达上限；需要时请重新启动',
  },
  program_ended: { actor: 'user', en: 'Its program has ended well', zh: '程序已正常结束' },
  program_failed: {
    actor: 'user',
    en: 'Its program ended with an error: read its log',
    zh: '程序异常退出；请查看日志',
  },
  out_of_memory: {
    actor: 'user',
    en: 'It used more memory than it may: ask for more memory_bytes',
    zh: '内存使用超出上限；请申请更大的 memory_bytes',
  },
  disk_exceeded: {
    actor: 'user',
    en: 'It has written more than it may: save or delete what it has written, or start a new one with more disk_bytes',
    zh: '写入的数据超出上限；请保存或删除数据，或以更大的 disk_bytes 新建环境',
  },
  image_gone: {
    actor: 'registry',
    en: 'The registry no longer has the version whole: start another version',
    zh: '镜像仓库中已没有完整的该版本；请启动其他版本',
  },
  image_unusable: {
    actor: 'user',
    en: 'The image cannot be started as it is: give a command, or correct the image',
    zh: '该镜像无法按现有配置启动；请指定 command 或修正镜像',
  },
  program_not_found: {
    actor: 'user',
    en: 'The program to start is not in the image, or is not executable: give another command',
    zh: '镜像中没有要启动的程序，或该程序不可执行；请指定其他 command',
  },
  registry_unavailable: {
    actor: 'registry',
    en: 'The registry did not give the image: start it again once the registry answers',
    zh: '镜像仓库未能提供镜像；请在仓库恢复后重新启动',
  },
  disk_full: {
    actor: 'farm',
    en: 'The disk of the node was full: ask the operator for room, or start a new one elsewhere',
    zh: '节点磁盘已满；请联系管理员腾出空间，或在其他节点新建环境',
  },
  volume_unavailable: {
    actor: 'farm',
    en: 'A volume of it cannot be mounted on its node: tell the operator, and start it again once the volume is there',
    zh: '所在节点无法挂载其数据卷；请联系管理员，恢复后重新启动',
  },
  runtime_failed: {
    actor: 'farm',
    en: 'The node could not start the container: tell the operator',
    zh: '节点无法启动容器；请联系管理员',
  },
  node_lost: {
    actor: 'farm',
    en: 'Its node stopped answering: it is there again once the node is',
    zh: '所在节点失去响应；节点恢复后环境会重新出现',
  },
  ended_unseen: {
    actor: 'farm',
    en: 'Its container was gone when its node came back, as after a restart of the machine: start it again, its files are kept',
    zh: '节点恢复时容器已不存在（例如机器重启）；文件已保留，请重新启动',
  },
  terminated: {
    actor: 'farm',
    en: 'Its workflow was ended from outside: start it again',
    zh: '其工作流被外部终止；请重新启动',
  },
  never_placed: {
    actor: 'farm',
    en: 'No node had room for it within a day: ask for less, or ask the operator for room',
    zh: '一天内没有节点有足够资源；请减少申请量，或联系管理员扩容',
  },
  internal: {
    actor: 'farm',
    en: 'Something inside the farm failed: start it again, and tell the operator when it persists',
    zh: '系统内部错误；请重新启动，若持续出现请联系管理员',
  },
} as const satisfies Record<string, ReasonRule>

export type EnvironmentReason = keyof typeof environmentReasons

export function isEnvironmentReason(value: unknown): value is EnvironmentReason {
  return typeof value === 'string' && Object.hasOwn(environmentReasons, value)
}

/** Trying again in the same way may go well. */
const retried: readonly EnvironmentReason[] = ['registry_unavailable', 'internal']

/** The reason in the form in which an activity throws it. @param message the particulars; its own text when absent. */
export function asEnvironmentFailure(reason: EnvironmentReason, message?: string) {
  return {
    type: reason,
    message: message ?? environmentReasons[reason].en,
    nonRetryable: !retried.includes(reason),
  }
}
