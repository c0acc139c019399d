import type { Text } from '../language.ts'

/** What is said of setting up a Harbor. */
export const harborTexts = {
  variables: {
    en: 'KILN_REGISTRY_URL says where it is, KILN_REGISTRY_PREFIX the project (kiln), KILN_REGISTRY_CA a private authority. setup works as KILN_HARBOR_ADMIN_USERNAME, doctor as KILN_REGISTRY_USERNAME, each with its …_PASSWORD. KILN_HARBOR_WEBHOOK_URL and KILN_HARBOR_WEBHOOK_SECRET let Harbor tell the server of scans and deletions.',
    zh: 'KILN_REGISTRY_URL 指定地址，KILN_REGISTRY_PREFIX 指定项目（kiln），KILN_REGISTRY_CA 指定私有证书机构。setup 以 KILN_HARBOR_ADMIN_USERNAME 身份运行，doctor 以 KILN_REGISTRY_USERNAME 身份运行，密码在各自的 …_PASSWORD 中。KILN_HARBOR_WEBHOOK_URL 和 KILN_HARBOR_WEBHOOK_SECRET 让 Harbor 通知服务器扫描和删除事件。',
  },
  noPassword: {
    en: 'KILN_HARBOR_ADMIN_PASSWORD is not set',
    zh: '未设置 KILN_HARBOR_ADMIN_PASSWORD',
  },
  defaultPassword: {
    en: 'The administrator still has the password that Harbor comes with: change it first',
    zh: '管理员仍在使用 Harbor 的默认密码：请先修改',
  },
  tooOld: {
    en: 'Harbor is older than {oldest}: upgrade it first',
    zh: 'Harbor 版本低于 {oldest}：请先升级',
  },
  shownOnce: {
    en: 'Shown this once: KILN_REGISTRY_… for the server and the worker, …_PUSH_… and …_PULL_… for the server, and nothing for anybody else.',
    zh: '只显示这一次：KILN_REGISTRY_… 供服务器和 worker 使用，…_PUSH_… 和 …_PULL_… 仅供服务器使用，不要给其他人。',
  },
} as const satisfies Record<string, Text>
