import type { Text } from '../language.ts'

/** What is said of saving an environment. */
export const saveTexts = {
  entrypoint: {
    en: 'another ENTRYPOINT than the parent’s: a JSON list, or a line for the shell',
    zh: '替换父镜像的 ENTRYPOINT：JSON 列表，或一行 shell 命令',
  },
  cmd: {
    en: 'another CMD, likewise; an empty text for none',
    zh: '替换 CMD，写法相同；空字符串表示去掉',
  },
  user: { en: 'another USER', zh: '替换 USER' },
  workdir: { en: 'another WORKDIR', zh: '替换 WORKDIR' },
  env: {
    en: 'a variable of the image; those that were set in the environment are not saved',
    zh: '镜像的环境变量；运行时设置的变量不会被保存',
  },
  unsetEnv: { en: 'a variable of the parent that goes', zh: '去掉父镜像的某个环境变量' },
  label: { en: 'a label of the image', zh: '镜像的标签' },
  unsetLabel: { en: 'a label of the parent that goes', zh: '去掉父镜像的某个标签' },
  parent: { en: 'on {name} v{version} ({digest})', zh: '基于 {name} v{version}（{digest}）' },
  written: {
    en: '{files} files, {size} before compression; {deleted} of the image deleted',
    zh: '{files} 个文件，压缩前 {size}；删除了镜像中的 {deleted} 项',
  },
  packages: { en: 'packages', zh: '软件包' },
  leftOut: { en: 'left out, unless --keep names it', zh: '不会保存（除非用 --keep 指定）' },
  noPackages: { en: 'No packages have come to it.', zh: '没有新增软件包。' },
  notCovered: {
    en: 'not covered: {files} files, {size}; {deleted} deletions; {omitted} packages that no list can name',
    zh: '未覆盖：{files} 个文件，{size}；{deleted} 处删除；{omitted} 个无法列出的软件包',
  },
  removed: { en: 'packages that are gone', zh: '已移除的软件包' },
  mounts: { en: 'mounted, and so not saved', zh: '挂载内容，不会保存' },
  dangling: {
    en: 'links into volumes, which lead nowhere in the image',
    zh: '指向数据卷的链接，在镜像中将失效',
  },
  layers: {
    en: 'layer {layers} of at most {allowed}; {wasted} in the layers below are seen no more',
    zh: '第 {layers} 层，最多 {allowed} 层；下方各层中有 {wasted} 已不可见',
  },
  squash: {
    en: '--squash makes the {count} saves below and this one a single layer, without what of theirs is gone.',
    zh: '--squash 会将下方的 {count} 次保存与本次合并为一层，其中已删除的内容不再占用空间。',
  },
  crowded: {
    en: 'It would have {layers} layers, and no image may have more than {allowed}.',
    zh: '镜像会有 {layers} 层，超过上限 {allowed} 层。',
  },
  fits: {
    en: 'There is room for it. Save it with -t NAME.',
    zh: '空间足够。用 -t 名称 保存。',
  },
  noRoom: {
    en: 'There is no room for it: its node needs {needed} and has {left}, or the quota of the project is used up.',
    zh: '空间不足：节点需要 {needed}，剩余 {left}；或项目配额已用尽。',
  },
} as const satisfies Record<string, Text>
