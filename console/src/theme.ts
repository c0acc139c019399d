import { useDark } from '@vueuse/core'

/** As the system has it until somebody chooses; kept in this browser. */
export const isDark = useDark({ storageKey: 'kiln.theme' })
