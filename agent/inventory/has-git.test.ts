import { expect, it } from 'vitest'
import { hasGit } from './has-git.ts'

it('looks for git where its surroundings say', async () => {
  expect(await hasGit({ PATH: process.env['PATH'] })).toBe(true)
  expect(await hasGit({ PATH: '/nonexistent' })).toBe(false)
})
