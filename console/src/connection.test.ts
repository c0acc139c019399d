import { expect, it, vi } from 'vitest'
import { isOfGateway, lostSince, noteReached } from './connection.ts'

const answer = (status: number, type?: string) =>
  new Response(null, { status, headers: type === undefined ? {} : { 'content-type': type } })

it('takes for away what only a gateway answers for, not what the server refuses itself', () => {
  expect(isOfGateway(answer(502, 'text/html'))).toBe(true)
  expect(isOfGateway(answer(504))).toBe(true)
  expect(isOfGateway(answer(503, 'application/problem+json'))).toBe(false)
  expect(isOfGateway(answer(500))).toBe(false)
  expect(isOfGateway(answer(200))).toBe(false)
})

it('knows since when the server is not reached, whichever way was lost first', () => {
  vi.useFakeTimers({ now: 1_000 })
  expect(lostSince.value).toBeUndefined()
  noteReached('reads', false)
  vi.setSystemTime(5_000)
  noteReached('reads', false)
  noteReached('stream', false)
  expect(lostSince.value).toBe(1_000)
  noteReached('reads', true)
  expect(lostSince.value).toBe(5_000)
  noteReached('stream', true)
  expect(lostSince.value).toBeUndefined()
  vi.useRealTimers()
})
