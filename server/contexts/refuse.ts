import { Refusal } from '../refusal.ts'

const shownLength = 200

/** A context that is not taken. */
export function refuseContext(message: string): Refusal {
  return new Refusal('context_invalid', message, [{ field: 'context', message }])
}

/** One that is not taken because of an entry, which is named in a form that is safe to print. */
export function refuseEntry(path: string, reason: string): Refusal {
  return refuseContext(`${JSON.stringify(path.slice(0, shownLength))}: ${reason}`)
}

export function tooLarge(limit: number): Refusal {
  return new Refusal('body_too_large', `the limit is ${limit} bytes, also unpacked`)
}
