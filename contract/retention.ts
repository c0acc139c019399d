/** Why a rule lets a version go, or not: `in_use` before all else. */
export const retentionCauses = ['in_use', 'newest', 'young', 'old'] as const
export type Because = (typeof retentionCauses)[number]

/** What a version can be in use by. */
export const useKinds = ['current', 'pinned', 'move', 'build', 'environment'] as const
export type UseKind = (typeof useKinds)[number]
