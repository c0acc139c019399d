import type { z } from 'zod'
import type { gitContext, pinnedContext, pinnedContexts } from './wire/context.ts'

export type GitContext = z.infer<typeof gitContext>
export type PinnedContext = z.infer<typeof pinnedContext>
export type PinnedContexts = z.infer<typeof pinnedContexts>

/** A git repository as it was asked for, and the commit that this meant when it was resolved. */
export interface GitSource extends GitContext {
  readonly commit?: string
}

export type NamedSource =
  | { readonly upload: string }
  /** `pinned` says where its bytes are: registry, repository and digest. */
  | { readonly image: string; readonly pinned?: string }
  | GitSource

/** Where a build's files come from, besides an uploaded context. */
export interface BuildSources {
  /** The build context, when it is no upload. */
  readonly git?: GitSource
  readonly named: Readonly<Record<string, NamedSource>>
}
