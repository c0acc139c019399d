import type { Text } from '../language.ts'

/** What is said of nodes. */
export const nodeTexts = {
  name: { en: 'node', zh: '节点' },
  status: { en: 'status', zh: '状态' },
  heard: { en: 'heard from', zh: '上次心跳' },
  builds: { en: 'builds', zh: '构建' },
  host: { en: 'host', zh: '主机' },
  simulated: { en: 'simulated: it builds nothing', zh: '模拟节点：不执行构建' },
  drained: { en: 'drained: {reason}', zh: '已排空：{reason}' },
  draining: { en: 'takes no further builds: {reason}', zh: '不再接受新构建：{reason}' },
  diskLow: { en: 'makes room on its disk: {reason}', zh: '正在清理磁盘：{reason}' },
  faulty: { en: '{count} faulty GPUs', zh: '{count} 个故障 GPU' },
  shutOut: { en: 'shut out: {reason}', zh: '已被排除：{reason}' },
  cordoned: { en: 'cordoned: {reason}', zh: '已隔离：{reason}' },
  removed: { en: '{name} is no node of the farm any more', zh: '{name} 已不是构建农场的节点' },
  revoked: {
    en: '{name} is shut out; it needs a new token to come back',
    zh: '{name} 已被排除；重新加入需要新令牌',
  },
  tokenUse: {
    en: 'It lets one node in, once, until {until}: start its agent with KILN_JOIN_TOKEN and KILN_SERVER_URL={server}.',
    zh: '该令牌在 {until} 之前可让一个节点加入一次：启动代理时设置 KILN_JOIN_TOKEN 和 KILN_SERVER_URL={server}。',
  },
} as const satisfies Record<string, Text>
