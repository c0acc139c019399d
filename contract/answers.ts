import type { z } from 'zod'
import type { endEvent, logEvent, stageEvent } from './wire/answers/build-event.ts'
import type { stepEvent } from './wire/answers/step.ts'
import type { farmChange } from './wire/answers/farm-change.ts'
import type { savePreview, saveRecipe, shownEnvironment } from './wire/answers/environment.ts'
import type { shownNode } from './wire/answers/node.ts'
import type {
  imageDetail,
  listedImage,
  retentionPreview,
  versionDiff,
  versionSummary,
} from './wire/answers/image.ts'
import type { projectDetail } from './wire/answers/project.ts'
import type { webhook } from './wire/answers/webhook.ts'
import type {
  buildDetail,
  buildSummary,
  shownFailure,
  preview,
  shownReason,
  shownVerification,
} from './wire/answers/build.ts'

export type ShownFailure = z.infer<typeof shownFailure>
export type BuildPreview = z.infer<typeof preview>
export type ShownVerification = z.infer<typeof shownVerification>
export type ListedImage = z.infer<typeof listedImage>
export type ShownReason = z.infer<typeof shownReason>
export type VersionSummary = z.infer<typeof versionSummary>
export type ImageDetail = z.infer<typeof imageDetail>
export type BuildSummary = z.infer<typeof buildSummary>
export type BuildDetail = z.infer<typeof buildDetail>
export type ShownEnvironment = z.infer<typeof shownEnvironment>
export type SaveRecipe = z.infer<typeof saveRecipe>
export type SavePreview = z.infer<typeof savePreview>
export type ProjectDetail = z.infer<typeof projectDetail>
export type RetentionPreview = z.infer<typeof retentionPreview>
export type Webhook = z.infer<typeof webhook>
export type ShownNode = z.infer<typeof shownNode>
export type FarmChange = z.infer<typeof farmChange>
export type VersionDiff = z.infer<typeof versionDiff>
export type LogEvent = z.infer<typeof logEvent>
export type StageEvent = z.infer<typeof stageEvent>
export type StepEvent = z.infer<typeof stepEvent>
export type EndEvent = z.infer<typeof endEvent>

/** What a build tells while it goes on, as server-sent events. */
export type BuildEvent =
  | { readonly event: 'log'; readonly data: LogEvent }
  | { readonly event: 'stage'; readonly data: StageEvent }
  | { readonly event: 'step'; readonly data: StepEvent }
  | { readonly event: 'end'; readonly data: EndEvent }
