import { expect, it } from 'vitest'
import { createContact } from './contact.ts'

const leaseMs = 9_000

it('lets the node work while it is answered', () => {
  const contact = createContact(0, leaseMs)
  for (let at = 0; at < 60_000; at += 2_000) {
    contact.asked(at)
    contact.answered(at)
    expect(contact.leftMs(at + 1_999)).toBeGreaterThan(0)
  }
  expect(contact.isWaiting()).toBe(false)
})

it('lets it work for two thirds of the lease after it has asked in vain, and not longer', () => {
  const contact = createContact(0, leaseMs)
  contact.asked(2_000)
  contact.asked(3_000)
  expect(contact.leftMs(7_999)).toBe(1)
  expect(contact.leftMs(8_000)).toBe(0)
})

it('ends before the lease does, which four questions in it renew', () => {
  const contact = createContact(0, leaseMs)
  const nextAt = (leaseMs / 4) * 1.1
  contact.asked(nextAt)
  const stopsAt = nextAt + contact.leftMs(nextAt)
  expect(stopsAt).toBeLessThan(leaseMs)
})

it('counts a late answer from when it was asked, and nothing that came before', () => {
  const contact = createContact(0, leaseMs)
  contact.asked(2_000)
  contact.asked(3_000)
  contact.answered(2_000)
  expect(contact.isWaiting()).toBe(true)
  expect(contact.leftMs(8_999)).toBe(1)
  contact.answered(3_000)
  expect(contact.leftMs(8_999)).toBe(3_001)
})

it('stops at once what wakes after its lease has ended, asked or not', () => {
  const contact = createContact(0, leaseMs)
  expect(contact.leftMs(leaseMs + 1)).toBe(-1)
  contact.asked(leaseMs + 1)
  expect(contact.leftMs(leaseMs + 1)).toBe(-1)
})
