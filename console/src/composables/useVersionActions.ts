import { ElMessage, ElMessageBox } from 'element-plus'
import type { ImageDetail, VersionSummary } from '#contract/answers.ts'
import { api } from '../api.ts'
import { apiLanguage, useText } from '../language.ts'
import { useAction } from './useAction.ts'

type Version = Pick<VersionSummary, 'number' | 'digest'>

/** What a person may do with a version of an image. Each says first what it will do. */
export function useVersionActions(image: () => ImageDetail, refresh: () => Promise<void>) {
  const t = useText()

  async function isSure(text: string, title: string, yes: string): Promise<boolean> {
    const answer = await ElMessageBox.confirm(text, title, {
      type: 'warning',
      confirmButtonText: yes,
      cancelButtonText: t.value.common.cancel,
    }).catch(() => undefined)
    return answer !== undefined
  }

  const rollBack = useAction(async ({ number, digest }: Version) => {
    const { rollBack: yes, rollBackTitle, rollBackHelp, rolledBack } = t.value.image
    const { id, name } = image()
    const help = rollBackHelp(name, number, digest.slice(7, 19))
    if (!(await isSure(help, rollBackTitle(number), yes))) return
    await api.images.rollBack(id, { version: number }, apiLanguage.value)
    ElMessage({ type: 'success', message: rolledBack(name, number) })
    await refresh()
  })

  const remove = useAction(async ({ number }: Version) => {
    const { deleteVersionTitle, deleteVersionHelp } = t.value.image
    if (
      !(await isSure(deleteVersionHelp(number), deleteVersionTitle(number), t.value.common.delete))
    )
      return
    await api.images.deleteVersion(image().id, number, {})
    await refresh()
  })

  const restore = useAction(async ({ number }: Version) => {
    await api.images.restoreVersion(image().id, number)
    await refresh()
  })

  return { rollBack, remove, restore }
}
