import { ElMessage } from 'element-plus'
import { shallowRef } from 'vue'
import { describeError } from '../display/describe-error.ts'
import { language, useText } from '../language.ts'

/**
 * Something that a person starts and that the API may refuse: while it goes on it is not started again, and a refusal is
 * told in their language. `run` answers `undefined` when it was refused; `error` stays until it is tried again.
 */
export function useAction<A extends readonly unknown[], T>(
  act: (...given: A) => Promise<T>,
  { isQuiet = false }: { readonly isQuiet?: boolean } = {},
) {
  const t = useText()
  const isRunning = shallowRef(false)
  const error = shallowRef<unknown>()

  async function run(...given: A): Promise<T | undefined> {
    if (isRunning.value) return undefined
    isRunning.value = true
    error.value = undefined
    try {
      return await act(...given)
    } catch (failure) {
      error.value = failure
      if (isQuiet) return undefined
      const { title, details } = describeError(failure, t.value, language.value)
      const message = [title, ...details].join(' · ')
      ElMessage({ message, type: 'error', duration: 8000, showClose: true })
      return undefined
    } finally {
      isRunning.value = false
    }
  }

  return { run, isRunning, error }
}
