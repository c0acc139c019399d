import type { z } from 'zod'
import type { imageManifest } from './wire/image-manifest.ts'

export type ImageManifest = z.infer<typeof imageManifest>
export type Descriptor = ImageManifest['config']

/** Larger configurations are no image's. One limit for all who read them, so that what is published is also told and analysed. */
export const maxImageConfigBytes = 8 * 1024 * 1024
