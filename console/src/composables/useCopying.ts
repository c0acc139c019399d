import { Check, CopyDocument } from '@element-plus/icons-vue'
import { useClipboard } from '@vueuse/core'
import { computed } from 'vue'
import { useText } from '../language.ts'

/** Puts a text into the clipboard, and says so for a moment by a word and an icon. */
export function useCopying() {
  const t = useText()
  const { copy, copied } = useClipboard({ legacy: true })
  const said = computed(() => (copied.value ? t.value.common.copied : t.value.common.copy))
  const icon = computed(() => (copied.value ? Check : CopyDocument))
  return { copy, said, icon }
}
