/** Crockford's alphabet in lower case: no letter that reads like a digit, and byte order is value order. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const timeLength = 10
const randomLength = 16
/** Ids for which random bytes are fetched together: each fetch costs as much as ten ids. */
const fetched = 64

/** A new id such as `build-01k3…`: 48 bits of milliseconds, then 80 random bits, so ids sort by time of making. */
export type NewId = (prefix: 'build' | 'env' | 'hook' | 'node' | 'session' | 'token') => string

/**
 * Ids of one maker never sort before those that it made earlier, also when the clock is set back.
 * @param now milliseconds since 1970. @param random fills the given bytes.
 */
export function createNewId(now: () => number, random: (bytes: Uint8Array) => Uint8Array): NewId {
  let last = { time: 0, text: writeTime(0) }
  let bytes = new Uint8Array(0)
  let at = 0
  return (prefix) => {
    const time = now()
    if (time > last.time) last = { time, text: writeTime(time) }
    if (at === bytes.length) {
      bytes = new Uint8Array(random(new Uint8Array(randomLength * fetched)))
      at = 0
    }
    let id = `${prefix}-${last.text}`
    for (const end = at + randomLength; at < end; at += 1) id += alphabet[(bytes[at] ?? 0) % 32]
    return id
  }
}

function writeTime(ms: number): string {
  let time = ms
  let text = ''
  for (let i = 0; i < timeLength; i += 1) {
    text = `${alphabet[time % 32]}${text}`
    time = Math.floor(time / 32)
  }
  return text
}

/** When an id was made, in ms since 1970. Pure. */
export function timeOfId(id: string): number {
  const head = id.slice(id.indexOf('-') + 1).slice(0, timeLength)
  return head.split('').reduce((time, digit) => time * 32 + Math.max(0, alphabet.indexOf(digit)), 0)
}
