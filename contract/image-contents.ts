import type { z } from 'zod'
import type { imageBlueprint } from './wire/image-contents.ts'

export type ImageConfig = z.infer<typeof imageBlueprint>['config']

/** A layer of an image in the registry. */
export interface ImageLayer {
  readonly digest: string
  readonly bytes: number
  readonly mediaType: string
  /** The instruction, as the history of the image has it. */
  readonly madeBy: string | null
}

/** What an image is made of; sizes in bytes. */
export interface ImageContents {
  readonly manifestBytes: number
  readonly configDigest: string
  readonly configBytes: number
  readonly config: ImageConfig
  readonly layers: readonly ImageLayer[]
}

/** A part of a published image that its registry no longer has as it was. */
export interface MissingPart {
  readonly part: 'manifest' | 'config' | 'layer'
  readonly digest: string
}
