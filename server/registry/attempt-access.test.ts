import { expect, it } from 'vitest'
import { accessOf, grantScopes } from './attempt-access.ts'

const access = new Map([
  ['kiln/app', ['pull', 'push']],
  ['kiln/base', ['pull']],
])
const own = { repository: 'kiln/app', actions: ['pull', 'push'] }

it('lets a build read what was pinned for it, and not what it named', () => {
  const digest = `sha256:${'0'.repeat(64)}`
  const farm = { url: new URL('http://registry.example:5000'), prefix: 'kiln' }
  const pinned = (repository: string) => `registry.example:5000/kiln/${repository}@${digest}`
  const library = { image: 'tools:1', pinned: pinned('tools') }
  const denied = { image: pinned('secret'), pinned: `elsewhere.example/secret@${digest}` }
  const build = { repository: 'app', project: 'default', bases: null, options: {} }
  const sources = { named: { library, denied, waiting: { image: pinned('waiting') } } }
  expect([...accessOf({ ...build, sources }, farm)]).toEqual([
    ['kiln/tools', ['pull']],
    ['kiln/app', ['pull', 'push']],
  ])
})

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
