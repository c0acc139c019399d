import type { Text } from '../language.ts'

/** What the doctor says of a farm. */
export const doctorTexts = {
  server: { en: 'server', zh: '服务器' },
  version: { en: 'version', zh: '版本' },
  otherVersion: {
    en: 'the server has {theirs}, this command line {own}',
    zh: '服务器为 {theirs}，本命令行为 {own}',
  },
  otherVersionAdvice: {
    en: 'Take the command line of the version that the server has.',
    zh: '请使用与服务器版本一致的命令行。',
  },
  olderServer: { en: 'the server is older than this question', zh: '服务器版本过旧，无法回答' },
  clock: { en: 'clock', zh: '时钟' },
  clockOk: { en: 'within {seconds} s of the server', zh: '与服务器相差不超过 {seconds} 秒' },
  clockOff: {
    en: '{seconds} s off the clock of the server',
    zh: '与服务器时钟相差 {seconds} 秒',
  },
  clockAdvice: {
    en: 'Set both clocks by NTP: certificates and tokens are refused when they are too far apart.',
    zh: '请用 NTP 校准两端时钟：相差过大时证书和令牌会被拒绝。',
  },
  temporal: { en: 'Temporal', zh: 'Temporal' },
  temporalAway: { en: 'the server does not reach it', zh: '服务器无法连接' },
  temporalAdvice: {
    en: 'Builds are accepted and none is started: look at KILN_TEMPORAL_ADDRESS, its TLS and its namespace.',
    zh: '构建会被接受但不会开始：请检查 KILN_TEMPORAL_ADDRESS、TLS 与命名空间。',
  },
  workers: { en: '{workers} workers', zh: '{workers} 个 worker' },
  noWorker: { en: 'no worker asks for work', zh: '没有 worker 在领取任务' },
  noWorkerAdvice: {
    en: 'Start a worker, or look at the log of the one that should run.',
    zh: '请启动 worker，或查看其日志。',
  },
  diskFree: { en: '{free} of {all} free', zh: '磁盘剩余 {free}，共 {all}' },
  pushesHeld: {
    en: '{host}: the server holds pushes back after {failures} failures',
    zh: '{host}：失败 {failures} 次后，服务器已暂停推送',
  },
  ready: { en: 'ready', zh: '就绪' },
  token: { en: 'token', zh: '令牌' },
  operator: { en: 'operator', zh: '管理员' },
  nodes: { en: 'nodes', zh: '节点' },
  noNode: { en: 'no node is ready', zh: '没有就绪的节点' },
  noNodeAdvice: {
    en: 'Start an agent; `kiln node token` lets it in.',
    zh: '请启动代理；`kiln node token` 可生成加入令牌。',
  },
  noGpu: { en: 'no GPU', zh: '无 GPU' },
  lost: { en: 'it does not answer', zh: '没有响应' },
  lostAdvice: { en: 'Look at its agent and its network.', zh: '请检查其代理和网络。' },
  drained: { en: 'it takes no builds: {reason}', zh: '不接受构建：{reason}' },
  drainedAdvice: {
    en: '`kiln node resume {name}` ends that.',
    zh: '用 `kiln node resume {name}` 恢复。',
  },
  diskAdvice: {
    en: 'It makes room itself; give it more disk when it persists.',
    zh: '节点会自行清理；若持续存在请增加磁盘。',
  },
  signing: { en: 'signing key', zh: '签名密钥' },
  unsigned: { en: 'images are not signed', zh: '镜像未签名' },
  unsignedAdvice: {
    en: 'Give the worker KILN_SIGNING_KEY_FILE.',
    zh: '请为 worker 设置 KILN_SIGNING_KEY_FILE。',
  },
  registry: { en: 'registry', zh: '镜像仓库' },
  noImage: { en: 'not looked at: nothing has been published yet', zh: '未检查：尚未发布任何镜像' },
  noImageAdvice: {
    en: 'Build an image first, and run this again.',
    zh: '请先构建一个镜像再检查。',
  },
  noAnswer: { en: 'no answer', zh: '没有响应' },
  registryAdvice: {
    en: 'Look at the registry, its certificate (KILN_REGISTRY_CA) and the network from here to it.',
    zh: '请检查镜像仓库、其证书（KILN_REGISTRY_CA）以及到它的网络。',
  },
} as const satisfies Record<string, Text>
