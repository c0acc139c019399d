import type { Text } from '../language.ts'

/** What is said of images and their versions. */
export const library = {
  name: { en: 'name', zh: '名称' },
  description: { en: 'description', zh: '描述' },
  visibility: { en: 'visibility', zh: '可见性' },
  size: { en: 'size', zh: '大小' },
  reference: { en: 'reference', zh: '引用' },
  verification: { en: 'verification', zh: '验证' },
  unverified: { en: 'unverified', zh: '未验证' },
  pinned: { en: 'pinned', zh: '已固定' },
  deprecated: { en: 'deprecated', zh: '已弃用' },
  deletion: { en: 'deletion', zh: '删除' },
  incomplete: { en: 'incomplete in the registry', zh: '镜像仓库中内容不完整' },
  same: { en: 'Both are the same bytes.', zh: '两个版本内容完全相同。' },
  layersChanged: {
    en: 'layers: {added} added, {removed} removed',
    zh: '层：新增 {added}，移除 {removed}',
  },
  software: { en: 'software', zh: '软件' },
  packages: { en: 'packages', zh: '软件包' },
  settings: { en: 'settings', zh: '设置' },
  imageGoes: {
    en: '{name} will be deleted with all its versions; undo it with `kiln images restore {id}`',
    zh: '{name} 及其所有版本将被删除；可用 `kiln images restore {id}` 撤销',
  },
  versionGoes: {
    en: 'version {version} of {name} will be deleted; until {until} `kiln images restore {name} {version}` undoes it',
    zh: '{name} 的版本 {version} 将被删除；在 {until} 之前可用 `kiln images restore {name} {version}` 撤销',
  },
  goes: { en: 'goes', zh: '删除' },
  stays: { en: 'stays', zh: '保留' },
  retentionSum: { en: '{count} go, {size}', zh: '将删除 {count} 个版本，{size}' },
  retentionOfOne: {
    en: '--apply is for one image: name it',
    zh: '--apply 只针对一个镜像：请指定名称',
  },
  retentionAsk: {
    en: 'Delete these {count} versions? [y/N]',
    zh: '删除这 {count} 个版本吗？[y/N]',
  },
  retentionDone: {
    en: 'versions {versions} of {name} will be deleted; `kiln images restore {name} VERSION` undoes it for a while',
    zh: '{name} 的版本 {versions} 将被删除；稍后仍可用 `kiln images restore {name} 版本` 撤销',
  },
  restoreById: {
    en: '{name}: an image that is being deleted is found by its id only, which `kiln images delete` has told',
    zh: '{name}：正在删除的镜像只能用 id 查找，`kiln images delete` 已给出该 id',
  },
  restored: { en: '{name} stays', zh: '{name} 已恢复' },
  moved: { en: '{name} points at version {version}', zh: '{name} 现在指向版本 {version}' },
  pending: {
    en: '{name} is being moved to version {version}',
    zh: '正在把 {name} 移到版本 {version}',
  },
  refused: { en: '{name} was not moved to version {version}', zh: '{name} 未能移到版本 {version}' },
} as const satisfies Record<string, Text>
