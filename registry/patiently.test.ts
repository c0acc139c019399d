import { expect, it } from 'vitest'
import { patiently } from './patiently.ts'

const never = new AbortController().signal
const busy = (after?: string) =>
  new Response('', { status: 429, ...(after && { headers: { 'retry-after': after } }) })

async function send(answers: readonly Response[], random = 0.5) {
  const pauses: number[] = []
  const rest = [...answers]
  const sleep = async (ms: number) => void pauses.push(ms)
  const patience = { random: () => random, now: () => Date.parse('2030-01-01T00:00:00Z'), sleep }
  const reply = await patiently(async () => rest.shift() ?? busy(), never, patience)
  return { status: reply.status, pauses }
}

it('waits as long as it is asked to, and some more that differs between clients (2.6)', async () => {
  const ok = () => new Response('', { status: 200 })
  expect(await send([busy('2'), busy('3'), ok()])).toEqual({ status: 200, pauses: [2_500, 4_000] })
  expect((await send([busy('2'), ok()], 0)).pauses).toEqual([2_375])
  const date = 'Tue, 01 Jan 2030 00:00:04 GMT'
  expect((await send([busy(date), ok()])).pauses).toEqual([4_500])
})

it('gives up after some tries, and at once when it is to wait for long', async () => {
  expect(await send([])).toEqual({ status: 429, pauses: [500, 1_000, 2_000, 4_000] })
  expect(await send([busy('3600')])).toEqual({ status: 429, pauses: [] })
})

it('leaves every other answer to whoever asked', async () => {
  expect(await send([new Response('', { status: 503 })])).toEqual({ status: 503, pauses: [] })
})
