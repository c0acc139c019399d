import type { ControlActivities } from '#contract/activities.ts'
import type { Stage, Status } from '#contract/stage.ts'

type First = Pick<ControlActivities, 'validateBuild' | 'resolveBases' | 'seekNode'>

/**
 * What a build needs until it has a node. Each may be told from which stage alone it is to move the build on: it throws what is
 * no failure of the build when that is in another.
 */
export type FirstSteps = {
  readonly [K in keyof First]: (
    ...args: [...Parameters<First[K]>, from?: Stage | Status]
  ) => ReturnType<First[K]>
}
