import { Cpu } from '@element-plus/icons-vue'
import type { Area } from './area.ts'

export const nodesArea: Area = {
  name: 'nodes',
  title: (texts) => texts.nodes.title,
  icon: Cpu,
  routes: [
    { path: '/nodes', name: 'nodes', component: () => import('../pages/Nodes.vue') },
    { path: '/nodes/:id', name: 'node', component: () => import('../pages/Node.vue'), props: true },
  ],
}
