import type { Text } from '../language.ts'

/** What is said while a build goes on. */
export const progressTexts = {
  kept: {
    en: 'context: {files} files, {size}, not sent: the server has exactly those',
    zh: '上下文：{files} 个文件，{size}，无需发送：服务器已有相同内容',
  },
  sending: {
    en: 'context: sending {files} files, {size}',
    zh: '上下文：正在发送 {files} 个文件，{size}',
  },
  sent: { en: 'context: sent {files} files, {size}', zh: '上下文：已发送 {files} 个文件，{size}' },
  accepted: { en: 'build {id}', zh: '构建 {id}' },
  waiting: { en: 'waiting: {reason}', zh: '等待中：{reason}' },
  reconnecting: {
    en: 'the connection to {server} is lost; trying again',
    zh: '与 {server} 的连接已断开，正在重试',
  },
  askCancel: {
    en: 'Cancel the build? Ctrl-C again leaves it running. [y/N] ',
    zh: '要取消构建吗？再按一次 Ctrl-C 则离开，构建继续运行。[y/N] ',
  },
  cancelling: { en: 'cancelling {id}', zh: '正在取消 {id}' },
  left: {
    en: 'The build goes on. Follow it with `kiln logs -f {id}`, end it with `kiln cancel {id}`.',
    zh: '构建仍在继续。用 `kiln logs -f {id}` 跟踪，用 `kiln cancel {id}` 取消。',
  },
} as const satisfies Record<string, Text>
