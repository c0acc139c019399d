import type { Text } from '../language.ts'

/** What is said of environments. */
export const environmentTexts = {
  id: { en: 'environment', zh: '环境' },
  image: { en: 'image', zh: '镜像' },
  state: { en: 'state', zh: '状态' },
  node: { en: 'node', zh: '节点' },
  limits: { en: 'limits', zh: '限制' },
  port: { en: 'port {port}', zh: '端口 {port}' },
  waiting: { en: 'waiting: {reason}', zh: '等待中：{reason}' },
  removed: { en: '{id} is deleted', zh: '已删除 {id}' },
  lost: {
    en: 'The connection to {id} ended before the program did.',
    zh: '与 {id} 的连接在程序结束前断开。',
  },
  shutOut: {
    en: 'The connection to {id} was ended: {reason}.',
    zh: '与 {id} 的连接已被终止：访问权限已失效。',
  },
  usage: { en: 'used', zh: '已使用' },
  volume: { en: 'volume', zh: '数据卷' },
  badVolume: {
    en: '--volume {text}: expected NAME:/PATH or NAME:/PATH:ro, such as datasets:/data',
    zh: '--volume {text}：应为 名称:/路径 或 名称:/路径:ro，例如 datasets:/data',
  },
  badSize: {
    en: '{option} {text}: expected a size such as 4GiB',
    zh: '{option} {text}：应为大小，例如 4GiB',
  },
} as const satisfies Record<string, Text>
