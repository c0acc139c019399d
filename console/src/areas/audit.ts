import { Document } from '@element-plus/icons-vue'
import type { Area } from './area.ts'

export const auditArea: Area = {
  name: 'audit',
  title: (texts) => texts.audit.title,
  icon: Document,
  routes: [{ path: '/audit', name: 'audit', component: () => import('../pages/Audit.vue') }],
}
