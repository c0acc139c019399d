import { pino } from 'pino'
import { expect, it } from 'vitest'
import { watchGpus } from './gpus.ts'

/** Watches until `rounds` looks have been taken. @param news of each look. */
async function watch(news: readonly boolean[], register: () => Promise<void>) {
  const stop = new AbortController()
  const looks: boolean[] = []
  const left = [...news]
  await watchGpus(
    {
      gpus: {
        refresh: async ({ full }) => {
          looks.push(full)
          const next = left.shift()
          if (left.length === 0) stop.abort()
          return next ?? false
        },
      },
      log: pino({ level: 'silent' }),
      random: () => 0.5,
      register,
    },
    stop.signal,
    1,
  )
  return looks
}

it('tells the farm only what is new', async () => {
  let told = 0
  await watch([false, true, false, true], async () => void (told += 1))
  expect(told).toBe(2)
})

it('tells later what it could not tell at once', async () => {
  let tries = 0
  await watch([true, false, false], async () => {
    tries += 1
    if (tries === 1) throw new Error('the server does not answer')
  })
  expect(tries).toBe(2)
})

it('looks thoroughly once an hour', async () => {
  const looks = await watch(
    Array.from({ length: 61 }, () => false),
    async () => undefined,
  )
  expect(looks.map((full, index) => (full ? index + 1 : 0)).filter(Boolean)).toEqual([60])
})
