import type { z } from 'zod'
import type {
  previewSave,
  saveChoices,
  saveEnvironment,
  saveOrder,
  saveSize,
  saveSurvey,
} from './wire/save.ts'

export type SaveChoices = z.infer<typeof saveChoices>
export type SaveRequest = z.infer<typeof saveEnvironment>
export type SaveOrder = z.infer<typeof saveOrder>
export type SaveSize = z.infer<typeof saveSize>
export type SaveSurvey = z.infer<typeof saveSurvey>
/** What is to be saved, as far as it decides what is in the image's files. */
export type SavedPaths = z.infer<typeof previewSave>
