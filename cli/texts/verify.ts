import type { Text } from '../language.ts'

/** What is said of an image that is verified here. */
export const verifyTexts = {
  noReference: {
    en: '"{text}" is no image: expected host/repository:tag, host/repository@sha256:…, or a name of the library',
    zh: '"{text}" 不是镜像：应为 主机/仓库:标签、主机/仓库@sha256:… 或镜像库中的名称',
  },
  notPublished: {
    en: '{name} points at nothing in the registry',
    zh: '{name} 在镜像仓库中没有对应内容',
  },
  notFound: {
    en: 'The registry at {host} has no {reference}',
    zh: '{host} 的镜像仓库中没有 {reference}',
  },
  noKey: { en: 'No key is given whose signatures count.', zh: '没有指定可信的签名公钥。' },
  noKeyAdvice: {
    en: 'Name its file with --key, or believe the server with --server-keys.',
    zh: '用 --key 指定公钥文件，或用 --server-keys 信任服务器给出的公钥。',
  },
  badKey: { en: '{file} holds no public key in PEM', zh: '{file} 中没有 PEM 格式的公钥' },
  saysServer: { en: 'says {server}', zh: '由 {server} 给出' },
  saidBy: { en: 'says {who}', zh: '来源：{who}' },
  trusted: { en: '{reference} is what was signed.', zh: '{reference} 与签名内容一致。' },
  untrusted: { en: '{reference} must not be trusted.', zh: '{reference} 不可信。' },
  ok: { en: 'ok', zh: '正确' },
  failed: { en: 'FAILED', zh: '失败' },
  absent: { en: 'absent', zh: '缺失' },
  unchecked: { en: 'unchecked', zh: '未检查' },
} as const satisfies Record<string, Text>
