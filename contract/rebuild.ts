/** `scheduled`: nobody waits for it, so it is placed after all that somebody asked for. */
export type Priority = 'interactive' | 'scheduled'

/** A base that an image was built on, and that its reference has left since. Both are digests. */
export interface MovedBase {
  /** As it stands in the Dockerfile. */
  readonly reference: string
  readonly from: string
  readonly to: string
}
