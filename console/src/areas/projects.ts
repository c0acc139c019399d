import { Folder } from '@element-plus/icons-vue'
import type { Area } from './area.ts'

export const projectsArea: Area = {
  name: 'projects',
  title: (texts) => texts.projects.title,
  icon: Folder,
  routes: [
    { path: '/projects', name: 'projects', component: () => import('../pages/Projects.vue') },
    {
      path: '/projects/:name',
      name: 'project',
      component: () => import('../pages/Project.vue'),
      props: true,
    },
  ],
}
