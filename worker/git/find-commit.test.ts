import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GitRepository, type GitServer, startGitServer } from '../../test/git-server.ts'
import { findCommit } from './find-commit.ts'

let server: GitServer
let repository: GitRepository
const commits: Record<string, string> = {}
beforeAll(async () => {
  server = await startGitServer()
  repository = await server.create('app')
  commits['tagged'] = await repository.commit({ a: '1' })
  await repository.tag('v1')
  commits['main'] = await repository.commit({ a: '2' })
  commits['feature'] = await repository.commit({ a: '3' }, 'feature/x')
})
afterAll(async () => server[Symbol.asyncDispose]())

const settings = { environment: { PATH: process.env['PATH'] } }
const find = async (ref?: string, url = repository.url) => findCommit(settings, url, ref)

describe('findCommit', () => {
  it.each([
    [undefined, 'main'],
    ['main', 'main'],
    ['refs/heads/main', 'main'],
    ['feature/x', 'feature'],
    ['v1', 'tagged'],
    ['refs/tags/v1', 'tagged'],
  ])('%s is the commit %s', async (ref, name) => expect(await find(ref)).toBe(commits[name]))

  it('finds no ref by the end of its name, and none that does not exist', async () => {
    expect(await find('x')).toBeUndefined()
    expect(await find('nothing')).toBeUndefined()
  })

  it('takes a commit in full without asking', async () => {
    const commit = 'a'.repeat(40)
    expect(await find(commit, 'http://127.0.0.1:1/x.git')).toBe(commit)
  })

  it('tells a repository that is not there from a host that is not', async () => {
    const missing = repository.url.replace('app', 'none')
    await expect(find('main', missing)).rejects.toMatchObject({ problem: 'refused' })
    await expect(find('main', 'http://127.0.0.1:1/x.git')).rejects.toMatchObject({
      problem: 'unreachable',
    })
    const nowhere = { environment: { PATH: '/nonexistent' } }
    await expect(findCommit(nowhere, repository.url, 'main')).rejects.toMatchObject({
      problem: 'not_installed',
    })
  })

  it.each([
    'file:///etc/x.git',
    'ext::sh -c id',
    'ssh://git@example.org/x.git',
    '--upload-pack=id',
  ])('has git refuse %s', async (address) => {
    await expect(find('main', address)).rejects.toMatchObject({ name: 'GitError' })
  })
})
