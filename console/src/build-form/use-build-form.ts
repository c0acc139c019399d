import { useDebounceFn } from '@vueuse/core'
import { computed, reactive, shallowRef, toRaw, watch } from 'vue'
import type { BuildPreview } from '#contract/answers.ts'
import { ServerError } from '../../../client/server-error.ts'
import { api } from '../api.ts'
import { apiLanguage } from '../language.ts'
import type { BuildForm } from './build-form.ts'
import { type FieldErrors, readFieldErrors } from './field-errors.ts'
import { toSubmission } from './to-submission.ts'

const settledMs = 450
const none: FieldErrors = { lines: [], fields: new Map() }

/**
 * A form for a build that the API judges while it is filled in. What it has against it stands at the lines and the fields;
 * `preview` is the Dockerfile that packages come to.
 */
export function useBuildForm(initial: BuildForm) {
  const form = reactive<BuildForm>(initial)
  const preview = shallowRef<BuildPreview>()
  /** Of the last judgement, whether it was asked for by typing or by sending. */
  const problem = shallowRef<unknown>()
  const isJudging = shallowRef(false)
  let asked = 0

  const errors = computed(() =>
    problem.value === undefined ? none : readFieldErrors(problem.value),
  )
  const isComplete = computed(
    () =>
      form.project !== '' &&
      form.name.trim() !== '' &&
      (form.source === 'dockerfile' || form.baseImage.trim() !== ''),
  )

  async function judge(): Promise<void> {
    const mine = (asked += 1)
    const hasNoBase = form.source === 'packages' && form.baseImage.trim() === ''
    if (form.source === 'environment' || hasNoBase || form.project === '') {
      problem.value = preview.value = undefined
      return
    }
    isJudging.value = true
    try {
      const { name: _, ...body } = toSubmission(toRaw(form))
      const answer = await api.builds.preview(body, apiLanguage.value)
      if (mine !== asked) return
      preview.value = answer
      problem.value = undefined
    } catch (error) {
      if (mine !== asked) return
      preview.value = undefined
      // A server that does not answer says nothing about the form.
      problem.value = error instanceof ServerError && isAboutForm(error) ? error : undefined
    } finally {
      if (mine === asked) isJudging.value = false
    }
  }

  /** @returns the id of the build. @throws ServerError, whose errors stand at the form as well. */
  async function submit(): Promise<string> {
    try {
      const { build_id: id } = await api.builds.submit(toSubmission(toRaw(form)), apiLanguage.value)
      return id
    } catch (error) {
      asked += 1
      problem.value = error
      throw error
    }
  }

  const judgeSoon = useDebounceFn(judge, settledMs)
  watch([form, apiLanguage], () => void judgeSoon(), { immediate: true })
  return { form, preview, problem, errors, isComplete, isJudging, submit }
}

const isAboutForm = ({ status = 0 }: ServerError) => status >= 400 && status < 500 && status !== 429
