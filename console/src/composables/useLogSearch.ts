import { refDebounced } from '@vueuse/core'
import { computed, shallowRef, type ShallowRef, watch } from 'vue'
import type { LogEvent } from '#contract/answers.ts'

/** How long somebody who types is left alone. */
const settledMs = 200

/** How far a text has been looked for: of a log that grows only what is new is searched. */
interface Searched {
  readonly wanted: string
  /** The first line then; another one says that older ones have been dropped. */
  readonly first: LogEvent | undefined
  upTo: number
  readonly at: number[]
}

/** Finds a text in the lines that the page holds, whatever its case. @param goTo shows the line of an index. */
export function useLogSearch(
  lines: ShallowRef<readonly LogEvent[]>,
  goTo: (index: number) => void,
) {
  const text = shallowRef('')
  const settled = refDebounced(text, settledMs)
  const current = shallowRef(0)

  const wanted = computed(() => settled.value.toLowerCase())
  const isIn = (line: LogEvent | undefined) => line?.text.toLowerCase().includes(wanted.value)
  let searched: Searched = { wanted: '', first: undefined, upTo: 0, at: [] }

  const matches = computed((): readonly [at: readonly number[], found: number] => {
    const all = lines.value
    if (wanted.value === '') return [[], 0]
    if (searched.wanted !== wanted.value || searched.first !== all[0]) {
      searched = { wanted: wanted.value, first: all[0], upTo: 0, at: [] }
    }
    for (; searched.upTo < all.length; searched.upTo += 1) {
      if (isIn(all[searched.upTo])) searched.at.push(searched.upTo)
    }
    return [searched.at, searched.at.length]
  })
  const found = computed(() => matches.value[1])
  const placeOf = (match: number) => matches.value[0][match]

  function step(by: number): void {
    if (found.value === 0) return
    current.value = (current.value + by + found.value) % found.value
    goTo(placeOf(current.value) ?? 0)
  }

  watch(settled, () => {
    current.value = 0
    const first = placeOf(0)
    if (first !== undefined) goTo(first)
  })

  /** @param only the one that is stepped to. */
  const isMatch = (index: number, only = false) =>
    only
      ? placeOf(current.value) === index
      : wanted.value !== '' && isIn(lines.value[index]) === true
  return { text, found, current, isMatch, step }
}
