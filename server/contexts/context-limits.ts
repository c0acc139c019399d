/** What a server takes of one upload. */
export interface ContextLimits {
  /** As it is sent and, apart from that, unpacked. */
  readonly bytes: number
  /** Files, folders and links together. */
  readonly entries: number
  /** Unpacked bytes for one byte that was sent. */
  readonly ratio: number
}
