import { computed, onScopeDispose, shallowRef, watch, type WatchSource } from 'vue'
import type { PageQuery } from '../../../client/pages.ts'

interface Page {
  readonly next_cursor?: string | undefined
}

export interface PagesOptions<P extends Page, Row> {
  readonly read: (page: PageQuery) => Promise<P>
  readonly rowsOf: (page: P) => readonly Row[]
  /** By which a row is the same as an older one. */
  readonly keyOf: (row: Row) => string | number
  /** Whatever changes the list whole, such as a filter. */
  readonly sources?: readonly WatchSource[]
  /** Rows of the first page, which is read again whenever something changes. @default 50 */
  readonly limit?: number
}

/** Rows of each further page: who scrolls that far goes on scrolling. */
const furtherLimit = 200

/** A list that is read by key, a page at a time, as far as somebody scrolls. */
export function usePages<P extends Page, Row>(options: PagesOptions<P, Row>) {
  const { rowsOf, keyOf, sources = [], limit = 50 } = options
  const rows = shallowRef<readonly Row[]>([])
  const next = shallowRef<string>()
  const { ask, forget, error, isLoading, hasLoaded } = askPages(options.read)

  async function start(): Promise<void> {
    const page = await ask(limit)
    if (page === undefined) return
    rows.value = rowsOf(page)
    next.value = page.next_cursor
  }

  async function more(): Promise<void> {
    if (next.value === undefined || isLoading.value) return
    const page = await ask(Math.max(limit, furtherLimit), next.value)
    if (page === undefined) return
    rows.value = [...rows.value, ...rowsOf(page)]
    next.value = page.next_cursor
  }

  /** Reads the first page again, and keeps what lies behind it. */
  async function refresh(): Promise<void> {
    if (isLoading.value) return
    const page = await ask(limit)
    if (page === undefined) return
    const fresh = rowsOf(page)
    const known = new Set(fresh.map(keyOf))
    const behind = rows.value.slice(limit).filter((row) => !known.has(keyOf(row)))
    rows.value = [...fresh, ...behind]
    if (behind.length === 0) next.value = page.next_cursor
  }

  watch(
    [...sources],
    () => {
      rows.value = []
      next.value = undefined
      forget()
      void start()
    },
    { immediate: true },
  )
  const isEmpty = computed(() => hasLoaded.value && rows.value.length === 0)
  const hasMore = computed(() => next.value !== undefined)
  return { rows, error, isLoading, isEmpty, hasMore, start, more, refresh }
}

/** Pages as they are asked for; of two questions only the later one is answered. */
function askPages<P extends Page>(read: (page: PageQuery) => Promise<P>) {
  const error = shallowRef<unknown>()
  const isLoading = shallowRef(false)
  const hasLoaded = shallowRef(false)
  let asked = 0

  /** @returns `undefined` when a later question was asked meanwhile, or this one could not be answered. */
  async function ask(limit: number, cursor?: string): Promise<P | undefined> {
    const mine = (asked += 1)
    isLoading.value = true
    try {
      const page = await read({ limit, cursor })
      if (mine !== asked) return undefined
      error.value = undefined
      hasLoaded.value = true
      return page
    } catch (failure) {
      if (mine === asked) error.value = failure
      return undefined
    } finally {
      if (mine === asked) isLoading.value = false
    }
  }

  onScopeDispose(() => (asked += 1))
  return { ask, forget: () => (hasLoaded.value = false), error, isLoading, hasLoaded }
}
