import { expect, it } from 'vitest'
import { grantScopes } from './attempt-access.ts'

const access = new Map([
  ['kiln/app', ['pull', 'push']],
  ['kiln/base', ['pull']],
])
const own = { repository: 'kiln/app', actions: ['pull', 'push'] }

it('grants what the attempt may have', () => {
  expect(grantScopes(access, ['repository:kiln/app:pull,push'])).toEqual([own])
  expect(grantScopes(access, ['repository:kiln/base:pull'])).toHaveLength(1)
})

it('leaves away what would only be read elsewhere, when there is something else', () => {
  const mount = ['repository:kiln/app:pull,push', 'repository:kiln/other:pull']
  expect(grantScopes(access, mount)).toEqual([own])
  expect(grantScopes(access, ['repository:kiln/other:pull'])).toBeUndefined()
})

it('refuses what would write elsewhere, delete, or is about no repository', () => {
  for (const scope of [
    'repository:kiln/other:pull,push',
    'repository:kiln/base:pull,push',
    'repository:kiln/app:delete',
    'registry:catalog:*',
  ]) {
    expect(grantScopes(access, ['repository:kiln/app:pull,push', scope])).toBeUndefined()
  }
})
