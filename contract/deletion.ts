/**
 * `pending`: it can be undone. `removing`: the registry is being told, and it cannot. `undone`: somebody wanted the version
 * after all.
 */
export type DeletionState = 'pending' | 'removing' | 'done' | 'undone' | 'refused'

/** Why a version was not deleted. A code is a contract, as those of failed builds are. */
export const deletionRefusals = {
  registry_keeps: {
    message: 'The registry does not let the version go',
    advice:
      'The operator has to let it: deletion may be off in the registry, a rule may keep its tags as they are, or the credential may lack the right.',
  },
} as const satisfies Record<string, { readonly message: string; readonly advice: string }>

export type DeletionRefusal = keyof typeof deletionRefusals
