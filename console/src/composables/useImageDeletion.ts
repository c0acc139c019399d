import { ElMessage, ElMessageBox } from 'element-plus'
import { h } from 'vue'
import { useRouter } from 'vue-router'
import type { ImageDetail } from '#contract/answers.ts'
import { api } from '../api.ts'
import { useText } from '../language.ts'
import { useAction } from './useAction.ts'

/** How long what was deleted can be had back from where it was deleted. */
const offeredMs = 15_000

/** Deletes an image with all of its versions once somebody is sure, and offers to take it back. */
export function useImageDeletion() {
  const t = useText()
  const router = useRouter()

  const restore = useAction(async (id: number) => {
    await api.images.restore(id)
    ElMessage({ type: 'success', message: t.value.image.restored })
    await router.push({ name: 'image', params: { id } })
  })

  const remove = useAction(async ({ id, name }: Pick<ImageDetail, 'id' | 'name'>) => {
    const { deleteTitle, deleteHelp } = t.value.image
    const isSure = await ElMessageBox.confirm(deleteHelp(name), deleteTitle, {
      type: 'warning',
      confirmButtonText: t.value.common.delete,
      cancelButtonText: t.value.common.cancel,
      confirmButtonClass: 'el-button--danger',
    }).catch(() => undefined)
    if (isSure === undefined) return
    await api.images.delete(id, {})
    const undo = h('button', { class: 'message-undo', onClick: () => void restore.run(id) }, [
      t.value.common.undo,
    ])
    const message = h('span', [t.value.image.deleted(name), ' ', undo])
    ElMessage({ type: 'success', message, duration: offeredMs, showClose: true })
    await router.push({ name: 'custom-images' })
  })

  return { remove, restore }
}
