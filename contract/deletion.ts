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
  registry_silent: {
    message: 'The registry has not answered for about a week',
    advice:
      'Nobody knows whether it has the version still: it is looked at anew, and what is `missing` is told. Ask for its deletion again once the registry answers.',
  },
} as const satisfies Record<string, { readonly message: string; readonly advice: string }>

export type DeletionRefusal = keyof typeof deletionRefusals
