import { refDebounced } from '@vueuse/core'
import { computed, shallowRef, type ShallowRef, watch } from 'vue'
import type { LogEvent } from '#contract/answers.ts'

/** How long somebody who types is left alone. */
const settledMs = 200

/** Finds a text in the lines that the page holds, whatever its case. @param goTo shows the line of an index. */
export function useLogSearch(
  lines: ShallowRef<readonly LogEvent[]>,
  goTo: (index: number) => void,
) {
  const text = shallowRef('')
  const settled = refDebounced(text, settledMs)
  const current = shallowRef(0)

  const matches = computed(() => {
    const wanted = settled.value.toLowerCase()
    if (wanted === '') return []
    return lines.value.flatMap((line, index) =>
      line.text.toLowerCase().includes(wanted) ? [index] : [],
    )
  })
  const marked = computed(() => new Set(matches.value))
  const found = computed(() => matches.value.length)

  function step(by: number): void {
    if (found.value === 0) return
    current.value = (current.value + by + found.value) % found.value
    goTo(matches.value[current.value] ?? 0)
  }

  watch(settled, () => {
    current.value = 0
    const first = matches.value[0]
    if (first !== undefined) goTo(first)
  })

  /** @param only the one that is stepped to. */
  const isMatch = (index: number, only = false) =>
    only ? matches.value[current.value] === index : marked.value.has(index)
  return { text, found, current, isMatch, step }
}
