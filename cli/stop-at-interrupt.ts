import { CommandError } from './command-error.ts'
import { exitCodes } from './exit-code.ts'
import type { Session } from './session.ts'
import { common } from './texts/common.ts'

/** A signal that Ctrl-C aborts, until it is disposed of. Its reason ends the command as one that was left. */
export function stopAtInterrupt({
  deps,
  say,
}: Session): { readonly signal: AbortSignal } & Disposable {
  const stop = new AbortController()
  const interrupts = deps.onInterrupt(() =>
    stop.abort(new CommandError(say(common.interrupted), exitCodes.cancelled)),
  )
  return { signal: stop.signal, [Symbol.dispose]: () => interrupts[Symbol.dispose]() }
}
