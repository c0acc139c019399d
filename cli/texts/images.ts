import type { Text } from '../language.ts'

/** What is said of changing images and of what is noted on their versions. */
export const imageTexts = {
  search: { en: 'only those with this in their names', zh: '只列名称包含该文本的镜像' },
  set: { en: 'change what is told of an image, and who reads it', zh: '修改镜像信息及可见范围' },
  category: { en: 'its category', zh: '类别' },
  visibility: {
    en: 'who builds on it: everybody (public), its project and those that it is shared with (project), its project alone (private)',
    zh: '谁可使用：所有人（public）、所属项目及被共享的项目（project）、仅所属项目（private）',
  },
  share: {
    en: 'a project that may build on it; those that are named stand in place of those before',
    zh: '可使用它的其他项目；指定的项目会取代原来的列表',
  },
  noShare: { en: 'share it with no project', zh: '不与其他项目共享' },
  rebuild: { en: 'build it again when a base of it moves', zh: '基础镜像变动时自动重新构建' },
  noRebuild: { en: 'leave it as it was built', zh: '不自动重新构建' },
  nothing: {
    en: 'Name what is to change: --description, --category, --visibility, --share, --no-share, --rebuild-on-base or --no-rebuild-on-base.',
    zh: '请指定要修改的内容：--description、--category、--visibility、--share、--no-share、--rebuild-on-base 或 --no-rebuild-on-base。',
  },
  sharedWith: { en: 'shared with', zh: '共享给' },
  rebuiltRow: { en: 'built again', zh: '自动重新构建' },
  yes: { en: 'when a base moves', zh: '基础镜像变动时' },
  no: { en: 'no', zh: '否' },
  build: {
    en: 'build an official image from the Dockerfile that the farm has for it',
    zh: '用集群自带的 Dockerfile 构建官方镜像',
  },
  pin: { en: 'keep a version, whatever a retention rule says', zh: '固定版本，清理规则不会删除它' },
  unpin: { en: 'end that', zh: '取消固定' },
  deprecate: { en: 'note that a version should not be used any more', zh: '将版本标记为弃用' },
  undeprecate: { en: 'take that back', zh: '取消弃用标记' },
  why: { en: 'why not, and what to use', zh: '弃用原因及替代版本' },
  isPinned: { en: 'version {version} of {name} stays', zh: '已固定 {name} 的版本 {version}' },
  isUnpinned: {
    en: 'version {version} of {name} may be cleaned up',
    zh: '已取消固定 {name} 的版本 {version}',
  },
  isDeprecated: {
    en: 'version {version} of {name} is deprecated',
    zh: '{name} 的版本 {version} 已标记为弃用',
  },
  isUndeprecated: {
    en: 'version {version} of {name} is not deprecated any more',
    zh: '已取消 {name} 的版本 {version} 的弃用标记',
  },
} as const satisfies Record<string, Text>
