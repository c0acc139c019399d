import { expect, it } from 'vitest'
import { sameFiles, uploadsOf } from './same-files.ts'

const digest = `sha256:${'a'.repeat(64)}`
const commit = 'b'.repeat(40)
const git = { git: 'https://git.example/a.git', ref: 'main', subdir: 'docker' }

it('takes the commits that a version was built from, and what images mean by now', () => {
  const named = {
    files: { upload: digest },
    tools: { image: 'tools:1', pinned: `registry/tools@${digest}` },
    lib: { git: git.git, commit },
    later: git,
  }
  expect(sameFiles({ git: { ...git, commit }, named })).toEqual({
    git: { ...git, ref: commit },
    named: {
      files: { upload: digest },
      tools: { image: 'tools:1' },
      lib: { git: git.git, ref: commit },
      later: git,
    },
  })
})

it('knows what was uploaded for it', () => {
  const sources = { named: { files: { upload: 'one' }, tools: { image: 'tools:1' } } }
  expect(uploadsOf({ context: 'two', sources })).toEqual(['two', 'one'])
  expect(uploadsOf({ context: null, sources })).toEqual(['one'])
})
