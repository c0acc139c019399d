import type { z } from 'zod'
import type { changeImage, imageVisibility } from './wire/image.ts'

/**
 * Who may build on an image besides its own project: every one (`public`), those that it is shared with (`project`), or
 * none (`private`, which also keeps it out of the lists of others).
 */
export type Visibility = z.infer<typeof imageVisibility>

export type ChangeImage = z.infer<typeof changeImage>
