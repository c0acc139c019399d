import { ElMessageBox } from 'element-plus'
import { useRouter } from 'vue-router'
import type { BuildDetail } from '#contract/answers.ts'
import { api } from '../api.ts'
import { fromBuild } from '../build-form/from-build.ts'
import { toSubmission } from '../build-form/to-submission.ts'
import { saveFile } from '../display/save-file.ts'
import { apiLanguage, useText } from '../language.ts'
import { useAction } from './useAction.ts'

/** What a person may do about a build. */
export function useBuildActions(id: string) {
  const t = useText()
  const router = useRouter()

  const cancel = useAction(async () => {
    const { cancel: title, cancelHelp, keepBuilding } = t.value.build
    const isSure = await ElMessageBox.confirm(cancelHelp, title, {
      type: 'warning',
      confirmButtonText: title,
      cancelButtonText: keepBuilding,
    }).catch(() => undefined)
    if (isSure !== undefined) await api.builds.cancel(id)
  })

  /** The same again, as it was asked for. */
  const retry = useAction(async (build: BuildDetail) => {
    const { build_id: next } = await api.builds.submit(
      toSubmission(fromBuild(build)),
      apiLanguage.value,
    )
    await router.push({ name: 'build', params: { id: next } })
  })

  const download = useAction(async () => {
    const reply = await api.builds.download(id, {}, AbortSignal.timeout(10 * 60_000))
    saveFile(`${id}.log`, await reply.blob())
  })

  return { cancel, retry, download }
}
