import type { SaveRecipe } from '#contract/answers.ts'
import { type BuildForm, emptyForm } from './build-form.ts'

const lines = (list: readonly string[] | undefined) => (list ?? []).join('\n')

/** The form of a build that puts the packages of an environment on its image. Pure. */
export function fromRecipe(project: string, { base_image: base, packages }: SaveRecipe): BuildForm {
  return {
    ...emptyForm(project),
    source: 'packages',
    baseImage: base,
    apt: lines(packages.apt),
    pip: lines(packages.pip),
    conda: lines(packages.conda),
  }
}
