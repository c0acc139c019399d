import { Key } from '@element-plus/icons-vue'
import type { Area } from './area.ts'

export const accountArea: Area = {
  name: 'account',
  title: (texts) => texts.account.title,
  icon: Key,
  routes: [{ path: '/account', name: 'account', component: () => import('../pages/Account.vue') }],
}
