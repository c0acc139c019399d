import type { BuildEvent } from '#contract/answers.ts'

export interface ContextState {
  /** `kept`: the server has it already. */
  readonly state: 'kept' | 'sending' | 'sent'
  readonly bytes: number
  readonly files: number
  readonly sent: number
}

/** How a build is shown while it goes on. Disposing of it leaves what was shown last. */
export interface Display extends Disposable {
  context(state: ContextState): void
  /** The server has taken the build. */
  accepted(buildId: string): void
  event(event: BuildEvent): void
  /** Why it waits; `undefined` once it does not. */
  waitFor(reason: string | undefined): void
  note(text: string): void
  /** Shows nothing until it is called again with `false`, as something is asked. */
  hold(isHeld: boolean): void
}

export const progressKinds = ['auto', 'plain', 'tty', 'json'] as const
export type ProgressKind = (typeof progressKinds)[number]
