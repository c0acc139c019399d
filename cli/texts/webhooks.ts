import type { Text } from '../language.ts'

/** What is said of changing webhooks. */
export const webhookTexts = {
  set: { en: 'change where one is told, of what, or whether at all', zh: '修改 webhook' },
  event: {
    en: 'of what; those that are named stand in place of those before',
    zh: '订阅的事件；指定的事件会取代原来的列表',
  },
  enable: { en: 'have it told again', zh: '重新启用' },
  disable: { en: 'have it told of nothing', zh: '停用' },
  nothing: {
    en: 'Name what is to change: --url, --event, --description, --enable or --disable.',
    zh: '请指定要修改的内容：--url、--event、--description、--enable 或 --disable。',
  },
  changed: { en: '{id} is changed', zh: '已修改 {id}' },
  rotate: {
    en: 'make another secret; for a day the one before signs as well',
    zh: '更换签名密钥；旧密钥在一天内仍同时签名',
  },
  bothSign: {
    en: 'Until {until} what it sends is signed with the secret before as well.',
    zh: '在 {until} 之前，其发送的内容同时用旧密钥签名。',
  },
  test: { en: 'send it a webhook.test', zh: '发送一次 webhook.test' },
  tested: {
    en: 'Delivery {delivery} is on its way: `kiln webhooks deliveries {id}` tells what became of it',
    zh: '投递 {delivery} 已发出：用 `kiln webhooks deliveries {id}` 查看结果',
  },
} as const satisfies Record<string, Text>
