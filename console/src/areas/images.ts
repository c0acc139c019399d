import { Box } from '@element-plus/icons-vue'
import type { Area } from './area.ts'

export const imagesArea: Area = {
  name: 'images',
  title: (texts) => texts.images.title,
  icon: Box,
  routes: [
    { path: '/images', name: 'images', component: () => import('../pages/Images.vue') },
    {
      path: '/images/custom',
      name: 'custom-images',
      component: () => import('../pages/Images.vue'),
    },
    { path: '/images/new', name: 'new-build', component: () => import('../pages/NewBuild.vue') },
    {
      path: '/images/:id(\\d+)',
      name: 'image',
      component: () => import('../pages/Image.vue'),
      props: true,
    },
  ],
}
