import { computed, shallowRef, watch, type WatchSource } from 'vue'
import type { PageQuery } from '../../../client/pages.ts'
import { sleep } from './sleep.ts'
import { takeTurns } from './take-turns.ts'

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
  /** Rows of the first page. @default 50 */
  readonly limit?: number
}

/** Rows of each further page: who scrolls that far goes on scrolling. */
const furtherLimit = 200
/** A list is read again at the pace of a page in so many ms, however far somebody has scrolled. */
const paceMs = 1_000

/**
 * A list that is read by key, a page at a time, as far as somebody scrolls. Whatever of it is shown is read again by
 * `refresh`: a change during a read is not lost, as another read follows.
 */
export function usePages<P extends Page, Row>(options: PagesOptions<P, Row>) {
  const { read, rowsOf, keyOf, sources = [], limit = 50 } = options
  const rows = shallowRef<readonly Row[]>([])
  const next = shallowRef<string>()
  const hasLoaded = shallowRef(false)
  const { take, begin, error, isLoading } = takeTurns()
  let loadingMore: Promise<void> | undefined
  let refreshing: Promise<void> | undefined
  let rested: Promise<void> = Promise.resolve()

  function show(shown: readonly Row[], cursor: string | undefined): void {
    // A row that has moved between two reads is on both pages.
    rows.value = [...new Map(shown.map((row) => [keyOf(row), row])).values()]
    next.value = cursor
    hasLoaded.value = true
  }

  /** Reads the list from its first page on, as if nobody had scrolled. */
  function start(): Promise<void> {
    begin()
    loadingMore = refreshing = undefined
    rested = Promise.resolve()
    return take(async () => {
      const page = await read({ limit })
      return () => show(rowsOf(page), page.next_cursor)
    })
  }

  /** Reads the page behind those that are shown. */
  function more(): Promise<void> {
    if (next.value === undefined) return Promise.resolve()
    const mine = (loadingMore ??= take(async () => {
      const cursor = next.value
      // The end came nearer while this waited for its turn.
      if (cursor === undefined) return () => {}
      const page = await read({ limit: Math.max(limit, furtherLimit), cursor })
      return () => {
        // Whoever sees these rows may ask for those behind them at once.
        loadingMore = undefined
        show([...rows.value, ...rowsOf(page)], page.next_cursor)
      }
    }).finally(() => {
      if (loadingMore === mine) loadingMore = undefined
    }))
    return mine
  }

  /** Reads all that is shown again. Whoever asks before it has begun shares one read. */
  function refresh(): Promise<void> {
    const mine = (refreshing ??= rested.then(async () =>
      take(async (isWanted) => {
        if (refreshing === mine) refreshing = undefined
        const fresh = await readAgain(options, rows.value.length, isWanted)
        rested = sleep((fresh.reads - 1) * paceMs)
        return () => show(fresh.rows, fresh.cursor)
      }),
    ))
    return mine
  }

  function change(): void {
    rows.value = []
    next.value = undefined
    hasLoaded.value = false
    void start()
  }
  watch([...sources], change, { immediate: true })
  const isEmpty = computed(() => hasLoaded.value && rows.value.length === 0)
  const hasMore = computed(() => next.value !== undefined)
  return { rows, error, isLoading, isEmpty, hasMore, more, refresh }
}

/** Reads a list from its first page on until so many rows are there. */
async function readAgain<P extends Page, Row>(
  { read, rowsOf, limit = 50 }: PagesOptions<P, Row>,
  wanted: number,
  isWanted: () => boolean,
) {
  const rows: Row[] = []
  let cursor: string | undefined
  let reads = 0
  do {
    const size = Math.max(limit, Math.min(furtherLimit, wanted - rows.length))
    const page = await read({ limit: size, ...(cursor !== undefined && { cursor }) })
    rows.push(...rowsOf(page))
    cursor = page.next_cursor
    reads += 1
  } while (cursor !== undefined && rows.length < wanted && isWanted())
  return { rows, cursor, reads }
}
