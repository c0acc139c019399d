import type { z } from 'zod'
import type { imageManifest } from './wire/image-manifest.ts'

export type ImageManifest = z.infer<typeof imageManifest>
export type Descriptor = ImageManifest['config']
