import type { Texts } from '../../language.ts'
import { buildForm } from './build-form.ts'
import { builds } from './builds.ts'
import { common, durations, errors } from './common.ts'
import { images } from './images.ts'
import { shell, signIn } from './shell.ts'

export const en: Texts = { buildForm, builds, common, durations, errors, images, shell, signIn }
