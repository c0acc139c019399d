import type { z } from 'zod'
import type { changeVersion } from './wire/move.ts'

export type ChangeVersion = z.infer<typeof changeVersion>

/** `publish`: a build moved the name to what it made. `rollback`: a person moved it to a version that there was. */
export type MoveKind = 'publish' | 'rollback'

export type MoveState = 'pending' | 'moved' | 'refused'

/** Why a name was not moved. A code is a contract, as those of failed builds are. */
export const moveRefusals = {
  version_gone: {
    message: 'The registry no longer has the manifest of the version',
    advice: 'Build the version again from its build, or choose another one.',
  },
  version_incomplete: {
    message: 'The registry has lost a part of the version',
    advice: 'Build the version again from its build, and tell the operator of the registry.',
  },
  version_changed: {
    message: 'The registry serves other bytes for the digest of the version',
    advice: 'Tell the operator of the registry: a name must not point at it.',
  },
  registry_unavailable: {
    message: 'The registry did not answer for so long that the name was left where it is',
    advice: 'Try again once the registry answers.',
  },
} as const satisfies Record<string, { readonly message: string; readonly advice: string }>

export type MoveRefusal = keyof typeof moveRefusals
