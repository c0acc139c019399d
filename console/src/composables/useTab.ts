import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/**
 * Which of the tabs of a page is open, as the address says it: it can be linked to, and stays when the page is loaded
 * again. Without a word it is the first.
 */
export function useTab<T extends string>(tabs: readonly [first: T, ...rest: T[]]) {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => tabs.find((tab) => tab === route.query['tab']) ?? tabs[0],
    set: (tab: string) => {
      const { tab: _, ...query } = route.query
      void router.replace({ query: tab === tabs[0] ? query : { ...query, tab } })
    },
  })
}
