import type { Text } from '../language.ts'

/** What is said of projects, their secrets and their part in the queue. */
export const projectTexts = {
  name: { en: 'project', zh: '项目' },
  bytes: { en: 'in the registry', zh: '镜像仓库占用' },
  secretSet: { en: '{name} is set, {size} bytes', zh: '已设置 {name}，{size} 字节' },
  secretGone: { en: '{name} is deleted', zh: '已删除 {name}' },
  running: { en: '{running} of {max} builds run', zh: '正在运行 {running} 个构建，上限 {max}' },
  perUser: { en: '{max} of each user at most', zh: '每个用户最多 {max} 个' },
  paused: { en: 'paused: {reason}', zh: '已暂停：{reason}' },
  nothingWaits: { en: 'No build waits for a node.', zh: '没有等待节点的构建。' },
  memberSet: { en: '{user} is {role} in {project}', zh: '{user} 在 {project} 中的角色为 {role}' },
  memberGone: {
    en: '{user} is no member of {project} any more',
    zh: '{user} 已不再是 {project} 的成员',
  },
  disabled: { en: 'disabled', zh: '已停用' },
  loggedIn: { en: 'Logged in to {server} as {who}.', zh: '已以 {who} 登录 {server}。' },
  worksIn: {
    en: 'Builds and environments are made in the project {project}.',
    zh: '构建和环境将创建在项目 {project} 中。',
  },
  nobody: { en: 'its operator', zh: '管理员' },
  tokenPrompt: { en: 'Token (it is not shown): ', zh: '令牌（不显示）：' },
  hookSecret: {
    en: 'What it sends is signed with this secret, which is not shown again.',
    zh: '其发送的内容用该密钥签名，此密钥不会再次显示。',
  },
  hookGone: { en: '{id} is deleted', zh: '已删除 {id}' },
  hookReplayed: { en: '{delivery} is sent again', zh: '正在重新发送 {delivery}' },
  hookOn: { en: 'on', zh: '启用' },
  hookOff: { en: 'off: {reason}', zh: '已停用：{reason}' },
  tokenEnded: { en: '{id} is ended', zh: '{id} 已失效' },
} as const satisfies Record<string, Text>
