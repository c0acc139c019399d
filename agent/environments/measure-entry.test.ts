import { pino } from 'pino'
import { expect, it } from 'vitest'
import { measureEach } from './measure-entry.ts'

const log = pino({ enabled: false })

it('measures the others where one cannot be measured', async () => {
  const seen: number[] = []
  const measure = async (one: number) => {
    if (one === 1) throw new Error('du took longer than 600 s')
    seen.push(one)
  }
  await measureEach([0, 1, 2], measure, { log, signal: new AbortController().signal })
  expect(seen).toEqual([0, 2])
})

it('goes on with none once it is stopped', async () => {
  const stop = new AbortController()
  const measure = async () => {
    stop.abort(new Error('enough'))
    throw new Error('killed')
  }
  const measured = measureEach([0, 1], measure, { log, signal: stop.signal })
  await expect(measured).rejects.toThrow('enough')
})
