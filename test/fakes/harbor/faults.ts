import type { Call, Reply } from './reply.ts'

/** What goes wrong, for as many requests as it says. */
export interface Fault {
  readonly method?: string
  /** Of the whole path, such as `/v2/farm/app/manifests/latest`. */
  readonly path: RegExp
  times: number
  /** Answered in place of what would be. */
  readonly reply?: Reply
  /** The connection is cut: after this many bytes of the body have come, or before any answer. */
  readonly cutAfter?: number
  /** Done, but the answer is lost. */
  readonly loseAnswer?: boolean
  /** Put into the answer in place of the true ones. */
  readonly headers?: Readonly<Record<string, string>>
  readonly delayMs?: number
  /** Nothing is done or answered before this has settled. */
  readonly hold?: () => Promise<void>
}

/** Takes the first fault that fits, once. */
export function takeFault(
  faults: Fault[],
  { method, path }: Pick<Call, 'method' | 'path'>,
): Fault | undefined {
  const fault = faults.find(
    (one) => one.times > 0 && (one.method ?? method) === method && one.path.test(path),
  )
  if (fault !== undefined) fault.times -= 1
  return fault
}
