import { Monitor } from '@element-plus/icons-vue'
import type { Area } from './area.ts'

export const environmentsArea: Area = {
  name: 'environments',
  title: (texts) => texts.environments.title,
  icon: Monitor,
  routes: [
    {
      path: '/environments',
      name: 'environments',
      component: () => import('../pages/Environments.vue'),
    },
    {
      path: '/environments/:id',
      name: 'environment',
      component: () => import('../pages/Environment.vue'),
      props: true,
    },
  ],
}
