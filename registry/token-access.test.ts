import { expect, it } from 'vitest'
import { parseScope } from './scope.ts'
import { findRefused, grantsMore, readAccess } from './token-access.ts'

const token = (claims: object) =>
  ['{}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')
const wanted = [{ repository: 'kiln/app', actions: ['pull', 'push'] }]

it('reads what a token allows', () => {
  const access = [{ type: 'repository', name: 'kiln/app', actions: ['pull', 'push'] }]
  expect(readAccess(token({ access }))).toEqual(wanted)
  expect(findRefused(readAccess(token({ access })) ?? [], wanted)).toBeUndefined()
})

it('takes a token without actions for one that allows nothing (8)', () => {
  const nothing = readAccess(token({ access: [{ type: 'repository', name: 'kiln/app' }] })) ?? []
  expect(findRefused(nothing, wanted)).toEqual(wanted[0])
  expect(findRefused(readAccess(token({ access: null })) ?? [], wanted)).toEqual(wanted[0])
})

it('finds a token that allows less, or the same elsewhere', () => {
  const less = [{ repository: 'kiln/app', actions: ['pull'] }]
  expect(findRefused(less, wanted)).toEqual(wanted[0])
  const elsewhere = [{ repository: 'kiln/other', actions: ['pull', 'push'] }]
  expect(findRefused(elsewhere, wanted)).toEqual(wanted[0])
})

it('finds a token that allows more', () => {
  expect(grantsMore(wanted, wanted)).toBe(false)
  expect(grantsMore([{ repository: 'kiln/app', actions: [] }], wanted)).toBe(false)
  expect(grantsMore([{ repository: 'kiln/app', actions: ['pull', 'delete'] }], wanted)).toBe(true)
  expect(grantsMore([{ repository: 'kiln/other', actions: ['pull'] }], wanted)).toBe(true)
})

it('makes nothing of a token that it cannot read', () => {
  expect(readAccess('opaque')).toBeUndefined()
  expect(readAccess('a.b.c')).toBeUndefined()
})

it('reads scopes of one repository and no others', () => {
  expect(parseScope('repository:kiln/app:pull,push')).toEqual(wanted[0])
  for (const text of ['registry:catalog:*', 'repository:kiln/app:*', 'repository::pull', ''])
    expect(parseScope(text)).toBeUndefined()
})
