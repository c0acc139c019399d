/** Crockford's alphabet in lower case: no letter that reads like a digit, and byte order is value order. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const timeLength = 10
const randomLength = 16

/** A new id such as `build-01k3…`: 48 bits of milliseconds, then 80 random bits, so ids sort by time of making. */
export type NewId = (prefix: 'build' | 'env' | 'hook' | 'node' | 'session' | 'token') => string

/**
 * Ids of one maker never sort before those that it made earlier, also when the clock is set back.
 * @param now milliseconds since 1970. @param random fills the given bytes.
 */
export function createNewId(now: () => number, random: (bytes: Uint8Array) => Uint8Array): NewId {
  let last = 0
  return (prefix) => {
    const bytes = random(new Uint8Array(randomLength))
    last = Math.max(last, now())
    let time = last
    let head = ''
    for (let i = 0; i < timeLength; i += 1) {
      head = `${alphabet[time % 32]}${head}`
      time = Math.floor(time / 32)
    }
    return `${prefix}-${head}${Array.from(bytes, (byte) => alphabet[byte % 32]).join('')}`
  }
}

/** When an id was made, in ms since 1970. Pure. */
export function timeOfId(id: string): number {
  const head = id.slice(id.indexOf('-') + 1).slice(0, timeLength)
  return head.split('').reduce((time, digit) => time * 32 + Math.max(0, alphabet.indexOf(digit)), 0)
}
