import type { BuildPlan, PinnedBase } from '#contract/build.ts'
import { familiarName } from '#contract/image.ts'
import { readStageNames } from '../../dockerfile/stage-names.ts'

/** The pinned bases of a plan, by how the daemon is told of them. */
export interface SplitBases {
  /** As named contexts, which take the place of what is called so. */
  readonly asContexts: readonly PinnedBase[]
  /** As rules about sources: a named context would take the place of a stage that is called like its base, too. */
  readonly asRules: readonly PinnedBase[]
}

/** Pure. */
export function splitBases({
  dockerfile,
  bases,
}: Pick<BuildPlan, 'dockerfile' | 'bases'>): SplitBases {
  const stages = new Set(readStageNames(dockerfile).map((name) => name.toLowerCase()))
  const isStage = ({ reference }: PinnedBase) => stages.has(familiarName(reference))
  return {
    asContexts: bases.filter((base) => !isStage(base)),
    asRules: bases.filter(isStage),
  }
}
