import { expect, it } from 'vitest'
import { createSurveyTurns, SurveysBusy } from './survey-turns.ts'

const { signal } = new AbortController()
const inTurns = () => {
  const inTurn = createSurveyTurns()
  const { promise, resolve } = Promise.withResolvers<string>()
  return { inTurn, first: inTurn('env', signal, async () => promise), end: () => resolve('first') }
}

it('does not begin one that nobody waits for any more', async () => {
  const { inTurn, first, end } = inTurns()
  const gone = new AbortController()
  let hasBegun = false
  const second = inTurn('env', gone.signal, async () => (hasBegun = true))
  gone.abort(new Error('gone'))
  end()
  expect(await first).toBe('first')
  await expect(second).rejects.toThrow('gone')
  expect(hasBegun).toBe(false)
})

it('lets few wait, and more once those have been answered', async () => {
  const { inTurn, first, end } = inTurns()
  const ask = async (id = 'env') => inTurn(id, signal, async () => id)
  const waiting = Array.from({ length: 7 }, async () => ask())
  await expect(ask()).rejects.toThrow(SurveysBusy)
  expect(await ask('other')).toBe('other')
  end()
  await Promise.all([first, ...waiting])
  expect(await ask()).toBe('env')
})
