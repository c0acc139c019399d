import { useLocalStorage } from '@vueuse/core'
import { computed, shallowRef } from 'vue'
import type { z } from 'zod'
import type { caller } from '#contract/wire/answers/access.ts'

type Caller = z.infer<typeof caller>

/** Whether the API has refused to answer who is not signed in. */
export const isSignInNeeded = shallowRef(false)

/** Whether somebody wants to sign in who is let in without. */
export const isSignInWanted = shallowRef(false)

/** Where the identity provider leaves those whom it did not sign in. */
export const signInPath = '/sign-in'

/** Who the API takes the person for; absent until it has answered. */
export const me = shallowRef<Caller>()

export const isOperator = computed(() => me.value?.operator === true)

/** In which project somebody works; empty for all that they see. */
export const project = useLocalStorage('kiln.project', '')
