/** What a context is made of. */
export type EntryKind = 'file' | 'directory' | 'symlink'

/** One thing of an upload, whatever the upload is packed as. */
export interface ContextEntry {
  /** Relative to the context, without "." and empty parts; '' is the context itself. */
  readonly path: string
  readonly kind: EntryKind | 'hardlink'
  /** Permission bits. */
  readonly mode: number
  /** Where a link points to; '' for what is no link. */
  readonly target: string
  /** In bytes; `undefined` where only its end tells. */
  readonly size: number | undefined
  /** To be read to its end before the next entry is asked for. */
  readonly body: AsyncIterable<Uint8Array>
}

/** Permissions of what an upload says nothing about. */
export const defaultMode = { file: 0o644, directory: 0o755 } as const
