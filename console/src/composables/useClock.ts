import { useIntervalFn } from '@vueuse/core'
import { readonly, shallowRef } from 'vue'

const now = shallowRef(Date.now())
useIntervalFn(() => (now.value = Date.now()), 1000)

/** The time in ms, as often as it is looked at by people. */
export const useClock = () => readonly(now)
