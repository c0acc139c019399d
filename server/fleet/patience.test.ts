import { expect, it } from 'vitest'
import { createPatience } from './patience.ts'

/** Looks once a second. @returns what it says, after each has been let pass. */
function watch() {
  let [at, off] = [0, 0]
  const mayJudge = createPatience({ now: () => at + off, clock: () => at }, 4_000)
  return {
    look: (times: number) =>
      Array.from({ length: times }, () => {
        at += 1_000
        return mayJudge()
      }),
    pass: (ms: number) => void (at += ms),
    set: (ms: number) => void (off += ms),
  }
}

it('judges after a whole lease, and anew when it has been away', () => {
  const { look, pass } = watch()
  expect(look(5)).toEqual([false, false, false, true, true])
  pass(3_000)
  expect(look(5)).toEqual([false, false, false, false, true])
})

it.each([3_600_000, -3_600_000])(
  'judges a lease after the clock was set by %d ms, and no later',
  (ms) => {
    const { look, set } = watch()
    expect(look(4).at(-1)).toBe(true)
    set(ms)
    expect(look(6)).toEqual([false, false, false, false, true, true])
  },
)
