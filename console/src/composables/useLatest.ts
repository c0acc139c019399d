import { onScopeDispose, shallowRef, watch, type WatchSource } from 'vue'

/**
 * What `load` answers, asked anew whenever one of the sources changes. An answer that comes after a later question is
 * dropped, and its signal aborts; what there was stays while it is asked for again, unless it was of another thing.
 */
export function useLatest<T>(
  load: (signal: AbortSignal) => Promise<T>,
  sources: readonly WatchSource[] = [],
) {
  const data = shallowRef<T>()
  const error = shallowRef<unknown>()
  const isLoading = shallowRef(false)
  let asked = 0
  let current = new AbortController()

  async function reload(): Promise<void> {
    const mine = (asked += 1)
    current.abort()
    current = new AbortController()
    isLoading.value = true
    try {
      const answer = await load(current.signal)
      if (mine !== asked) return
      data.value = answer
      error.value = undefined
    } catch (failure) {
      if (mine === asked) error.value = failure
    } finally {
      if (mine === asked) isLoading.value = false
    }
  }

  watch(
    [...sources],
    () => {
      data.value = undefined
      void reload()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    asked += 1
    current.abort()
  })
  return { data, error, isLoading, reload }
}
