import { createRouter, createWebHistory } from 'vue-router'
import { areas } from './areas/areas.ts'

declare module 'vue-router' {
  interface RouteMeta {
    /** Name of the area that the navigation marks while the page is shown. */
    area?: string
  }
}

const pages = areas.flatMap(({ name, routes }) =>
  routes.map((route) => ({ ...route, meta: { area: name } })),
)

export const router = createRouter({
  history: createWebHistory(import.meta.env.BASE_URL),
  routes: [
    { path: '/', redirect: '/images' },
    ...pages,
    { path: '/:path(.*)*', name: 'not-found', component: () => import('./pages/NotFound.vue') },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})
