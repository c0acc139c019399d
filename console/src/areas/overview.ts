import { DataLine } from '@element-plus/icons-vue'
import type { Area } from './area.ts'

export const overviewArea: Area = {
  name: 'overview',
  title: (texts) => texts.overview.title,
  icon: DataLine,
  routes: [
    { path: '/overview', name: 'overview', component: () => import('../pages/Overview.vue') },
  ],
}
