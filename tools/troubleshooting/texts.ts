export type PageLanguage = 'en' | 'zh'

export interface PageTexts {
  readonly title: string
  readonly generated: string
  /** What to do before anything is looked up. */
  readonly first: readonly string[]
  readonly builds: string
  readonly environments: string
  readonly yes: string
  readonly actors: Readonly<Record<'user' | 'registry' | 'farm', string>>
  readonly who: Readonly<Record<'user' | 'registry' | 'farm', string>>
  readonly buildHeading: readonly string[]
  readonly environmentHeading: readonly string[]
}

/** Everything on the page that is not in the tables themselves. */
export const pageTexts: Readonly<Record<PageLanguage, PageTexts>> = {
  en: {
    title: 'Troubleshooting',
    generated:
      'Written by `node tools/write-troubleshooting.ts` from the tables in `contract/`; change it there.',
    first: [
      'Where to look first:',
      '',
      '- A build: `kiln builds BUILD` shows why it failed, the Dockerfile around the line at fault, who must act, and what to do; `kiln logs BUILD` the whole log. Its code is one of those below.',
      '- A build that waits: `waiting_reason` of `kiln builds BUILD` says for what; see [The queue](queue.md).',
      '- The farm: `kiln doctor` looks at server, nodes, GPUs, signing key and registry, each with what to do; `kiln node show NODE` tells what a node lacks.',
      '- A stage that hangs: the workflow in the Temporal UI has the name of the build, and each of its activities tells its tries.',
    ],
    builds: 'Builds',
    environments: 'Environments',
    yes: 'yes',
    actors: {
      user: 'Whoever builds must act',
      registry: 'Whoever runs the registry must act',
      farm: 'The farm, or whoever runs it, must act',
    },
    who: { user: 'user', registry: 'registry', farm: 'farm' },
    buildHeading: ['code', 'means', 'tried again by itself', 'what to do'],
    environmentHeading: ['code', 'who acts', 'means, and what to do'],
  },
  zh: {
    title: '故障排查',
    generated:
      '本页由 `node tools/write-troubleshooting.ts` 根据 `contract/` 中的表生成，请在那里修改。',
    first: [
      '先看这里：',
      '',
      '- 构建失败：`kiln builds BUILD` 显示失败原因、出错行附近的 Dockerfile、由谁处理以及如何处理；`kiln logs BUILD` 显示完整日志。失败代码见下表。',
      '- 构建在等待：`kiln builds BUILD` 的 `waiting_reason` 说明在等什么，参见[队列](../queue.md)。',
      '- 集群：`kiln doctor` 检查服务器、节点、GPU、签名密钥和镜像仓库，并给出处理办法；`kiln node show NODE` 说明节点缺少什么。',
      '- 某个阶段卡住：Temporal UI 中的工作流与构建同名，可看到每个活动的各次尝试。',
    ],
    builds: '构建',
    environments: '环境',
    yes: '是',
    actors: {
      user: '由构建者处理',
      registry: '由镜像仓库的管理员处理',
      farm: '由集群自动处理，或由集群管理员处理',
    },
    who: { user: '用户', registry: '镜像仓库', farm: '集群' },
    buildHeading: ['代码', '含义', '自动重试', '如何处理'],
    environmentHeading: ['代码', '由谁处理', '含义与处理办法'],
  },
}
