import { useLocalStorage, useSessionStorage } from '@vueuse/core'
import { computed, shallowRef } from 'vue'
import type { z } from 'zod'
import type { caller } from '#contract/wire/answers/access.ts'

type Caller = z.infer<typeof caller>

/** What a person has given to be let in with; gone with the tab. */
export const token = useSessionStorage('kiln.token', '')

/** Whether the API has refused to answer without a token, or with this one. */
export const isSignInNeeded = shallowRef(false)

/** Who the API takes the person for; absent until it has answered. */
export const me = shallowRef<Caller>()

export const isOperator = computed(() => me.value?.operator === true)

/** In which project somebody works; empty for all that they see. */
export const project = useLocalStorage('kiln.project', '')
