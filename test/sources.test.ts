import { packTar } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'
import { type GitRepository, type GitServer, startGitServer } from './git-server.ts'

let server: GitServer
let repository: GitRepository
let farm: Farm
beforeAll(async () => {
  server = await startGitServer()
  repository = await server.create('team/app')
  farm = await startFarm({ environment: { KILN_EGRESS_ALLOW: server.host } })
})
afterAll(async () => {
  await farm[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const client = () => createClient(farm.url)
const upload = async (name: string, body: string) => {
  const tar = await packTar([{ header: { name, size: body.length }, body }])
  return ((await (await client().upload(tar)).json()) as { context: string }).context
}
const refusal = async (body: Parameters<ReturnType<typeof client>['post']>[0]) => {
  const reply = await client().post(body)
  return { status: reply.status, ...((await reply.json()) as { code: string }) }
}

describe('a context from git', () => {
  const copy = (check: string) => `FROM ${farm.baseImage}\nCOPY . /c\nRUN ${check}\n`

  it('is the commit that a branch means when the build starts, and is shown with the build', async () => {
    const { url: git } = repository
    const first = await repository.commit({ 'src/text': 'one', 'other/text': 'x' })
    const dockerfile = copy('test "$(cat /c/text)" = one && ! test -e /c/other')
    const context = { git, ref: 'main', subdir: 'src' }
    const done = await client().build({ name: 'from-git', dockerfile, context })
    expect(done).toMatchObject({
      status: 'succeeded',
      attempt: 1,
      context: { ...context, commit: first },
    })
    const second = await repository.commit({ 'src/text': 'two' })
    const newer = copy('test "$(cat /c/src/text)" = two')
    const again = await client().build({ name: 'from-git', dockerfile: newer, context: { git } })
    expect(again).toMatchObject({ status: 'succeeded', context: { git, commit: second } })
    const old = await client().build({
      name: 'from-git',
      dockerfile,
      context: { ...context, ref: first },
    })
    expect(old).toMatchObject({ status: 'succeeded', digest: done.digest })
  })

  it.each([
    ['a branch that does not exist', { ref: 'nothing' }, 'has no branch or tag "nothing"'],
    ['a commit that does not exist', { ref: 'a'.repeat(40) }, 'reference is not a tree'],
  ])('fails for %s', async (_, rest, why) => {
    const context = { git: repository.url, ...rest }
    const build = await client().build({ name: 'no-ref', dockerfile: copy('true'), context })
    expect(build).toMatchObject({
      status: 'failed',
      failure: { code: 'git_ref_not_found', message: expect.stringContaining(why) },
    })
  })

  it('fails for a repository and for a folder that do not exist', async () => {
    const missing = { git: repository.url.replace('app', 'none') }
    const build = await client().build({
      name: 'no-repo',
      dockerfile: copy('true'),
      context: missing,
    })
    expect(build.failure).toMatchObject({ code: 'git_ref_not_found', actor: 'user' })
    const context = { git: repository.url, subdir: 'nowhere' }
    const folder = await client().build({ name: 'no-folder', dockerfile: copy('true'), context })
    expect(folder.failure?.message).toContain('nowhere')
    expect(folder.failure).toMatchObject({ code: 'source_not_found', actor: 'user' })
  })

  it.each([
    ['context', { context: { git: 'http://127.0.0.1:1/x.git' } }, 'context.git'],
    ['context', { context: { git: 'https://localhost/x.git' } }, 'context.git'],
    ['contexts', { contexts: { src: { git: 'http://git.example/x.git' } } }, 'contexts.src.git'],
    ['context', { context: { git: 'file:///etc/x.git' } }, 'context.git'],
    ['context', { context: { git: 'https://h.io/x.git', ref: '--upload-pack=x' } }, 'context.ref'],
  ])('is refused in %s: %j', async (_, rest, field) => {
    const dockerfile = `FROM ${farm.baseImage}\n`
    expect(await refusal({ name: 'refused', dockerfile, ...rest })).toMatchObject({
      status: 400,
      code: 'invalid_request',
      errors: [{ field }],
    })
  })
})

describe('named contexts', () => {
  it('stand for an upload, an image and a repository in FROM, COPY and mounts', async () => {
    const commit = await repository.commit({ 'tool/run': 'from git' })
    const files = await upload('text', 'from upload')
    const dockerfile = [
      'FROM base',
      'COPY --from=files text /text',
      'RUN --mount=type=bind,from=source,target=/s test "$(cat /s/run)" = "from git"',
      'RUN test "$(cat /text)" = "from upload"',
    ].join('\n')
    const contexts = {
      base: farm.baseImage,
      files,
      source: { git: repository.url, ref: 'main', subdir: 'tool' },
    }
    const done = await client().build({ name: 'named', dockerfile, contexts })
    expect(done).toMatchObject({ status: 'succeeded', attempt: 1, bases: [] })
    expect(done.contexts).toEqual({
      base: { image: farm.baseImage, pinned: expect.stringMatching(/@sha256:[0-9a-f]{64}$/) },
      files,
      source: { ...contexts.source, commit },
    })
  })

  it('fail for an image that does not exist, without a line', async () => {
    const { host } = new URL(farm.registry.url)
    const contexts = { base: `${host}/base/nothing:1` }
    const build = await client().build({ name: 'no-image', dockerfile: 'FROM base\n', contexts })
    expect(build.failure).toMatchObject({ code: 'base_not_found', actor: 'user' })
    expect(build.failure).not.toHaveProperty('line')
  })

  it('are refused with the field that names them', async () => {
    const dockerfile = 'FROM base\n'
    const unknown = `sha256:${'0'.repeat(64)}`
    const refuse = async (contexts: Record<string, string>) =>
      refusal({ name: 'refused', dockerfile, contexts })
    expect(await refuse({ base: unknown })).toMatchObject({
      code: 'context_unknown',
      errors: [{ field: 'contexts.base' }],
    })
    expect(await refuse({ scratch: 'busybox' })).toMatchObject({
      code: 'invalid_request',
      errors: [{ field: 'contexts.scratch' }],
    })
  })
})
