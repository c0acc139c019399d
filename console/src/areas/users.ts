import { User } from '@element-plus/icons-vue'
import type { Area } from './area.ts'

export const usersArea: Area = {
  name: 'users',
  title: (texts) => texts.users.title,
  icon: User,
  isForOperators: true,
  routes: [{ path: '/users', name: 'users', component: () => import('../pages/Users.vue') }],
}
