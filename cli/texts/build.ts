import type { Text } from '../language.ts'

/** How a build ended. */
export const buildTexts = {
  goesOn: { en: 'The build {id} goes on.', zh: '构建 {id} 仍在进行。' },
  succeeded: {
    en: '{name} is built: version {version}, in {time}',
    zh: '{name} 构建成功：版本 {version}，用时 {time}',
  },
  failed: { en: '{name} was not built ({id})', zh: '{name} 构建失败（{id}）' },
  cancelled: { en: '{name} was cancelled ({id})', zh: '{name} 的构建已取消（{id}）' },
  timedOut: { en: '{name} took too long ({id})', zh: '{name} 构建超时（{id}）' },
  steps: {
    en: '{cached} of {total} steps from the cache',
    zh: '{total} 个步骤中有 {cached} 个来自缓存',
  },
  nameStays: {
    en: 'the name {name} stays where somebody has moved it meanwhile',
    zh: '名称 {name} 期间已被移动，保持不变',
  },
  verified: {
    en: 'verified: {verdict}, {evidence}, on {node}',
    zh: '验证：{verdict}，{evidence}，节点 {node}',
  },
  verifiedOnGpu: {
    en: 'verified: {verdict}, {evidence}, on {gpu} of {node}',
    zh: '验证：{verdict}，{evidence}，节点 {node} 的 {gpu}',
  },
  whoActs: { en: '{actor} ({code}).', zh: '{actor}（{code}）。' },
  user: { en: 'You must act', zh: '需要您处理' },
  registry: { en: 'The registry, or its operator, must act', zh: '需要镜像仓库或其管理员处理' },
  farm: { en: 'The farm, or its operator, must act', zh: '需要构建集群或其管理员处理' },
} as const satisfies Record<string, Text>
