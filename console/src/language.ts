import { useLocalStorage } from '@vueuse/core'
import { computed, watchEffect } from 'vue'
import { en } from './locales/en/index.ts'
import { zhCN } from './locales/zh-CN/index.ts'

/** Every text of the console. A language that lacks one does not compile. */
export type Texts = typeof zhCN

export type Language = 'zh-CN' | 'en'

const texts: Readonly<Record<Language, Texts>> = { 'zh-CN': zhCN, en }

/** What the console is read in; kept in this browser. */
export const language = useLocalStorage<Language>('kiln.language', 'zh-CN')

/** As the API names it, where it answers texts. */
export const apiLanguage = computed(() => (language.value === 'en' ? 'en' : 'zh'))

const current = computed(() => texts[language.value] ?? zhCN)

/** The texts in the language of the console. */
export const useText = () => current

watchEffect(() => {
  document.documentElement.lang = language.value
})
