import type { Text } from '../language.ts'

/** What any command may have to say. */
export const common = {
  noServerAddress: {
    en: '"{text}" is no address of a server: expected http://… or https://…',
    zh: '"{text}" 不是服务器地址：应为 http://… 或 https://…',
  },
  unreachable: {
    en: 'The server at {server} does not answer: {why}',
    zh: '服务器 {server} 没有响应：{why}',
  },
  unreachableAdvice: {
    en: 'Start one with `npm start`, or name yours with --server, KILN_SERVER or `kiln login`.',
    zh: '用 `npm start` 启动服务器，或用 --server、KILN_SERVER 或 `kiln login` 指定服务器。',
  },
  notKiln: {
    en: 'What answers at {server} is not a Kiln server of a version that this command knows ({operation})',
    zh: '{server} 上响应的不是本命令支持的 Kiln 服务器（{operation}）',
  },
  logInAdvice: {
    en: 'Log in with `kiln login`, or set KILN_TOKEN.',
    zh: '请用 `kiln login` 登录，或设置 KILN_TOKEN。',
  },
  projectAdvice: {
    en: 'Name a project with --project, KILN_PROJECT or `kiln login --project`; `kiln projects` lists yours.',
    zh: '用 --project、KILN_PROJECT 或 `kiln login --project` 指定项目；`kiln projects` 可列出您的项目。',
  },
  serverAdvice: {
    en: 'Tell the operator of {server} when it persists.',
    zh: '如果问题持续存在，请联系 {server} 的管理员。',
  },
  error: { en: 'error', zh: '错误' },
  line: { en: 'line {line}', zh: '第 {line} 行' },
  more: {
    en: 'There is more: go on with --cursor {cursor}, or ask with --all.',
    zh: '还有更多：用 --cursor {cursor} 继续，或用 --all 列出全部。',
  },
  none: { en: 'There is nothing to show.', zh: '没有可显示的内容。' },
  notThere: {
    en: 'There is no {what} "{name}" at {server}.',
    zh: '{server} 上没有{what} "{name}"。',
  },
  didYouMean: { en: 'Did you mean {names}?', zh: '您是指 {names} 吗？' },
  image: { en: 'image', zh: '镜像' },
  node: { en: 'node', zh: '节点' },
  registryFailed: { en: 'The registry failed to {message}', zh: '镜像仓库出错：{message}' },
  interrupted: { en: 'Interrupted.', zh: '已中断。' },
  internal: {
    en: 'The command itself failed: {message}',
    zh: '命令本身出错：{message}',
  },
} as const satisfies Record<string, Text>
