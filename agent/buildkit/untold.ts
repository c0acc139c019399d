import type { OutputEvent, ProgressEvent, StepEvent, TransferEvent } from './progress.ts'

/** Tells apart what is new in progress that the daemon tells again from its beginning. */
export interface Untold {
  /** The telling begins; not for the first time when something was taken before. */
  readonly begin: () => void
  /** What of the event was not taken before; `undefined` when that is nothing. */
  readonly take: (event: ProgressEvent) => ProgressEvent | undefined
}

export function createUntold(): Untold {
  const times = new Map<string, number>()
  const warnings = new Set<string>()
  const taken = new Map<string, number>()
  let seen = new Map<string, number>()
  let again = false

  const takeOutput = (event: OutputEvent): ProgressEvent | undefined => {
    const key = `${event.stream} ${event.digest}`
    const from = seen.get(key) ?? 0
    const to = from + event.bytes.length
    const known = taken.get(key) ?? 0
    seen.set(key, to)
    if (to <= known) return undefined
    taken.set(key, to)
    return from >= known ? event : { ...event, bytes: event.bytes.subarray(known - from) }
  }
  /** A state that is told a second time does no harm; an older one would take it back. */
  const takeState = (event: StepEvent | TransferEvent): ProgressEvent | undefined => {
    const key = `${event.kind} ${event.digest} ${event.name}`
    const time = timeOf(event)
    if (again && time < (times.get(key) ?? 0)) return undefined
    times.set(key, time)
    return event
  }
  return {
    begin: () => {
      seen = new Map()
      again = times.size > 0
    },
    take: (event) => {
      if (event.kind === 'output') return takeOutput(event)
      if (event.kind !== 'warning') return takeState(event)
      const key = JSON.stringify([event.digest, event.text, event.ranges])
      if (again && warnings.has(key)) return undefined
      warnings.add(key)
      return event
    },
  }
}

function timeOf(event: StepEvent | TransferEvent): number {
  if (event.kind === 'transfer') return event.at.getTime()
  return Math.max(event.started?.getTime() ?? 0, event.completed?.getTime() ?? 0)
}
