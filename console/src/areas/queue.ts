import { List } from '@element-plus/icons-vue'
import type { Area } from './area.ts'

export const queueArea: Area = {
  name: 'queue',
  title: (texts) => texts.queue.title,
  icon: List,
  routes: [{ path: '/queue', name: 'queue', component: () => import('../pages/Queue.vue') }],
}
