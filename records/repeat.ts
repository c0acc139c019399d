import type { Channel } from './notify.ts'
import type { Listener } from './listen.ts'
import { createWakeUp } from './wake-up.ts'

export interface Repeated {
  readonly listener: Listener
  /** Look again at once when this is heard. */
  readonly channel?: Channel
  /** What is heard of this there is no reason to look again. */
  readonly deafTo?: string
  /** Look again after this time even when nothing was heard, in ms. */
  readonly everyMs: number
  readonly signal: AbortSignal
  /** @returns true when there is more to do at once. */
  readonly work: () => Promise<boolean>
  /** Hears of work that failed; the next round tries again. */
  readonly onError: (error: unknown) => void
}

/** Does `work` whenever it is woken until the signal aborts. Failures wait for the next round: they never end the loop. */
export async function repeat(options: Repeated): Promise<void> {
  const { listener, channel, deafTo, everyMs, signal, work, onError } = options
  using wakeUp = createWakeUp(signal)
  using stack = new DisposableStack()
  if (channel !== undefined) {
    const heard = (subject: string) => void (subject === deafTo || wakeUp.wake())
    stack.use(listener.on(channel, heard))
  }
  while (!signal.aborted) {
    const more = await work().catch((error: unknown) => {
      onError(error)
      return false
    })
    if (!more) await wakeUp.wait(everyMs)
  }
}

/** Work of a process that is repeated for as long as it lives. */
export interface Loop extends Pick<Repeated, 'channel' | 'deafTo' | 'everyMs' | 'work'> {
  /** Named in the log when its work fails. */
  readonly name: string
}

export interface LoopDeps extends Pick<Repeated, 'listener' | 'signal'> {
  readonly log: { error(what: { readonly err: unknown }, name: string): void }
}

/** Repeats each of them, side by side, until the signal aborts. */
export async function repeatAll(
  loops: readonly Loop[],
  { listener, signal, log }: LoopDeps,
): Promise<void> {
  const each = loops.map(async ({ name, ...loop }) =>
    repeat({ ...loop, listener, signal, onError: (err) => log.error({ err }, name) }),
  )
  await Promise.all(each)
}
