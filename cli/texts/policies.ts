import type { Text } from '../language.ts'

/** What is said of the policies of a project. */
export const policyTexts = {
  set: {
    en: 'change what an image has to pass before it is published, and what happens after',
    zh: '修改发布策略',
  },
  project: { en: 'name of a project', zh: '项目名称' },
  gpu: {
    en: 'what becomes of a GPU image that finds no GPU to be verified on; default: as the farm does',
    zh: 'GPU 镜像没有可用 GPU 验证时如何处理；default 表示跟随集群',
  },
  gpuWait: { en: 'for how long a GPU is waited for', zh: '最长等待 GPU 的秒数' },
  scan: {
    en: "what the registry's scanner has to say; default: as the farm does",
    zh: '镜像仓库扫描器的作用；default 表示跟随集群',
  },
  severity: {
    en: 'with block: findings from this on keep an image back',
    zh: '与 block 一起使用：达到该级别的漏洞阻止发布',
  },
  scanWait: { en: 'for how long the scanner is waited for', zh: '最长等待扫描器的秒数' },
  pullAhead: {
    en: 'nodes fetch new versions before anybody starts from them',
    zh: '节点预先拉取新版本',
  },
  noPullAhead: { en: 'nodes fetch a version when it is asked for', zh: '节点在需要时才拉取' },
  needsMode: {
    en: '{option} is part of a policy: name its mode by {mode} as well',
    zh: '{option} 是策略的一部分：请同时用 {mode} 指定模式',
  },
  nothing: {
    en: 'Name what is to change: --gpu-policy, --scan-policy, --pull-ahead or --no-pull-ahead.',
    zh: '请指定要修改的内容：--gpu-policy、--scan-policy、--pull-ahead 或 --no-pull-ahead。',
  },
  gpuRow: { en: 'GPU policy', zh: 'GPU 策略' },
  scanRow: { en: 'scan policy', zh: '扫描策略' },
  aheadRow: { en: 'fetched ahead', zh: '预先拉取' },
  farms: { en: "the farm's", zh: '跟随集群' },
  atMost: { en: 'for {seconds} s at most', zh: '最长 {seconds} 秒' },
  yes: { en: 'yes', zh: '是' },
  no: { en: 'no', zh: '否' },
} as const satisfies Record<string, Text>
