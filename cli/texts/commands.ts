import type { Text } from '../language.ts'

/** What single commands say. */
export const commands = {
  gitNeedsFile: {
    en: 'A repository as context needs its Dockerfile here: name it with -f.',
    zh: '以 git 仓库为上下文时，需要用 -f 指定本地的 Dockerfile。',
  },
  baseAndPackages: {
    en: 'Packages are put on a base: name both --base and what is to be on it (--apt, --pip, --conda, --requirements, --environment, --pyproject, --lock).',
    zh: '软件包需要基础镜像：请同时指定 --base 以及要安装的内容（--apt、--pip、--conda、--requirements、--environment、--pyproject、--lock）。',
  },
  noFile: { en: 'There is no file at {path}.', zh: '{path} 处没有文件。' },
  noDockerfile: {
    en: 'There is no Dockerfile at {path}: name it with -f.',
    zh: '{path} 处没有 Dockerfile：请用 -f 指定。',
  },
  notAnOption: {
    en: '{option} {value}: expected one of {choices}',
    zh: '{option} {value}：应为 {choices} 之一',
  },
  tokenShownOnce: { en: 'It is shown this once.', zh: '该令牌只显示这一次。' },
  misfit: { en: 'Warning: {message} {fix}', zh: '警告：{message} {fix}' },
  submitted: { en: 'Follow it with `kiln logs -f {id}`.', zh: '用 `kiln logs -f {id}` 跟踪构建。' },
  cancelAsked: { en: '{id} is being cancelled', zh: '正在取消 {id}' },
} as const satisfies Record<string, Text>
