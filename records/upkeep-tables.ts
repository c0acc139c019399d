import type { Generated } from 'kysely'
import type { DeletionRefusal, DeletionState } from '#contract/deletion.ts'
import type { ImageConfig } from '#contract/image-contents.ts'
import type { Json, OptionalText, OptionalTime, Time } from './columns.ts'

/** Projects that may build on an image of another one. */
export interface ImageShareTable {
  image_id: number
  project_id: number
}

/** What an image is made of, by its digest. Sizes in bytes, as they are in the registry. */
export interface ContentsTable {
  digest: string
  manifest_bytes: number
  config_digest: string
  config_bytes: number
  config: Json<ImageConfig>
  created_at: Time
}

export interface LayerTable {
  image_digest: string
  /** From 0, the base's first. */
  position: number
  digest: string
  bytes: number
  media_type: string
  /** The instruction, as the history of the image has it. */
  made_by: string | null
}

/** One row for each version that somebody asked to be deleted. */
export interface DeletionTable {
  id: Generated<number>
  image_id: number
  version_id: number
  /** Its image was asked to be deleted. */
  whole_image: boolean
  /** The name pointed at it then. */
  was_current: boolean
  actor: string
  reason: Generated<string>
  state: DeletionState
  refusal: OptionalText<DeletionRefusal>
  /** In words: what it is in use by, or what the registry keeps. */
  detail: Generated<string>
  /** Its manifest stays, since another version of the repository is the same bytes. */
  shared: Generated<boolean>
  tries: Generated<number>
  next_try_at: Time
  created_at: Time
  finished_at: OptionalTime
}
