import { buildForm } from './build-form.ts'
import { builds } from './builds.ts'
import { common, durations, errors } from './common.ts'
import { images } from './images.ts'
import { shell, signIn } from './shell.ts'

/** One file an area. The other languages must have the same keys. */
export const zhCN = { buildForm, builds, common, durations, errors, images, shell, signIn }
