import type { Area } from './area.ts'
import { buildsArea } from './builds.ts'
import { imagesArea } from './images.ts'

/** In the order of the navigation. */
export const areas: readonly Area[] = [imagesArea, buildsArea]
