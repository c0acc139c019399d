import { SetUp } from '@element-plus/icons-vue'
import type { Area } from './area.ts'

export const buildsArea: Area = {
  name: 'builds',
  title: (texts) => texts.builds.title,
  icon: SetUp,
  routes: [
    { path: '/builds', name: 'builds', component: () => import('../pages/Builds.vue') },
    {
      path: '/builds/:id',
      name: 'build',
      component: () => import('../pages/Build.vue'),
      props: true,
    },
  ],
}
