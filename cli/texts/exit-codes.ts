import type { ExitCause } from '../exit-code.ts'
import type { Text } from '../language.ts'

/** What each exit code means. */
export const exitTexts: Readonly<Record<ExitCause, Text>> = {
  ok: { en: 'all is well', zh: '成功' },
  build: {
    en: 'the Dockerfile, the context, an option or what runs in an environment is at fault: you must act',
    zh: 'Dockerfile、上下文、选项或环境中运行的内容有误：需要您处理',
  },
  usage: {
    en: 'the command line is wrong, or the server refuses the request',
    zh: '命令行有误，或服务器拒绝了请求',
  },
  farm: {
    en: 'the farm failed, or its server does not answer',
    zh: '构建集群出错，或服务器没有响应',
  },
  registry: { en: 'the registry failed or refused', zh: '镜像仓库出错或拒绝' },
  verification: {
    en: 'the image was built and did not pass verification, or found no GPU for it',
    zh: '镜像已构建但未通过验证，或没有可用的 GPU',
  },
  timedOut: { en: 'it took longer than it may', zh: '超过时限' },
  untrusted: {
    en: '`kiln verify`: something is not what it should be',
    zh: '`kiln verify`：有内容与预期不符',
  },
  cancelled: {
    en: 'the build was cancelled, or the command was left with Ctrl-C',
    zh: '构建已取消，或用 Ctrl-C 退出',
  },
}
