import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectNext } from '../../worker/inspection/inspect-next.ts'
import { type Library, startLibrary } from './kit/library.ts'
import { beginBuild, publishImage } from './kit/publish.ts'

let library: Library
beforeAll(async () => {
  library = await startLibrary()
  for (const name of ['team-a', 'team-b', 'team-c']) {
    await library.ask('POST', '/api/projects', { name })
  }
})
afterAll(async () => library[Symbol.asyncDispose]())

const ask: Library['ask'] = async (...request) => library.ask(...request)
const listed = async (query = '') => {
  const { images } = (await ask('GET', `/api/images${query}`)).body as {
    images: { name: string }[]
  }
  return images.map(({ name }) => name).filter((name) => name.startsWith('shared/'))
}
let builds = 0
/** What a build of the project is told of a base. */
const reads = async (project: string, reference: string) => {
  builds += 1
  const name = `child${builds}:9`
  const build = await beginBuild(library, { project, name, dockerfile: `FROM ${reference}\n` })
  const answer = await build.resolve().then(
    () => 'reads',
    (failure: { type?: string }) => failure.type,
  )
  await build.finish()
  return answer
}

describe('an image', () => {
  it('is read by its own project, and by others as far as it is shared', async () => {
    const image = { steps: ['RUN shared'] }
    const name = 'shared/app:1'
    const { imageId, digest } = await publishImage(library, { project: 'team-a', name }, image)
    const references = [
      name,
      `${library.own.host}/kiln/shared/app:1-v1`,
      `${library.own.host}/kiln/shared/app@${digest}`,
    ]
    const all = async (project: string, answer: string) => {
      for (const reference of references) expect(await reads(project, reference)).toBe(answer)
    }
    const change = async (body: object) => ask('PATCH', `/api/images/${imageId}`, body)
    await all('team-a', 'reads')
    expect(await reads('team-b', references[2] ?? '')).toBe('base_not_found')
    expect(await change({ shared_with: ['team-b'] })).toMatchObject({
      status: 200,
      body: { visibility: 'project', shared_with: ['team-b'] },
    })
    await all('team-b', 'reads')
    expect(await reads('team-c', references[1] ?? '')).toBe('base_not_found')
    expect(await listed('?usable_by=team-b')).toEqual([name])
    expect(await listed('?usable_by=team-c')).toEqual([])
    await change({ visibility: 'public' })
    await all('team-c', 'reads')
    expect(await change({ visibility: 'private' })).toMatchObject({ body: { shared_with: [] } })
    expect(await reads('team-b', references[2] ?? '')).toBe('base_not_found')
    expect(await listed()).toEqual([])
    expect(await listed('?project=team-a')).toEqual([name])
    await all('team-a', 'reads')
  })

  it('that is shared shares nothing else of its repository', async () => {
    const project = 'team-a'
    const open = await publishImage(library, { project, name: 'mixed:1' }, { steps: ['RUN open'] })
    const closed = await publishImage(library, { project, name: 'mixed:2' }, { steps: ['RUN no'] })
    await ask('PATCH', `/api/images/${open.imageId}`, { visibility: 'public' })
    const at = `${library.own.host}/kiln/mixed`
    expect(await reads('team-b', `${at}@${open.digest}`)).toBe('reads')
    for (const reference of [`${at}:2`, `${at}:2-v1`, `${at}@${closed.digest}`]) {
      expect(await reads('team-b', reference)).toBe('base_not_found')
    }
  })

  it('is changed with an audit row, and only to what there is', async () => {
    const { imageId } = await publishImage(library, { name: 'said:1' }, { steps: ['RUN said'] })
    const path = `/api/images/${imageId}`
    expect(await ask('PATCH', path, { description: 'better', category: 'tools' })).toMatchObject({
      body: { description: 'better', category: 'tools', visibility: 'project' },
    })
    expect(await ask('PATCH', path, { shared_with: ['nobody'] })).toMatchObject({
      status: 422,
      body: { code: 'project_unknown', errors: [{ field: 'shared_with' }] },
    })
    await ask('PATCH', path, { visibility: 'private' })
    expect(await ask('PATCH', path, { shared_with: ['team-a'] })).toMatchObject({
      status: 422,
      body: { code: 'image_private', errors: [{ field: 'shared_with' }] },
    })
    const together = { visibility: 'project', shared_with: ['team-a'] }
    expect(await ask('PATCH', path, together)).toMatchObject({
      body: { shared_with: ['team-a'] },
    })
    for (const wrong of [
      {},
      { visibility: 'secret' },
      { visibility: 'private', shared_with: ['team-a'] },
      { name: 'x' },
    ]) {
      expect((await ask('PATCH', path, wrong)).status).toBe(400)
    }
    const rows = await library.db
      .selectFrom('audit')
      .select('detail')
      .where('action', '=', 'image.change')
      .where('object', '=', 'said:1')
      .execute()
    expect(rows).toEqual([
      { detail: { description: 'better', category: 'tools' } },
      { detail: { visibility: 'private', shared_with: [] } },
      { detail: together },
    ])
  })
})

describe('a project', () => {
  it('tells what its images take in the registry, each layer once', async () => {
    const project = 'team-c'
    const steps = ['ADD a', 'RUN b']
    await publishImage(library, { project, name: 'usage:1' }, { steps })
    await publishImage(library, { project, name: 'usage:2' }, { steps: [...steps, 'RUN c'] })
    const usage = async () =>
      ((await ask('GET', `/api/projects/${project}`)).body as { registry: object }).registry
    expect(await usage()).toMatchObject({ bytes: 0, versions: 2, unread: 2 })
    while (await inspectNext(library.loop));
    const sizes = await library.db
      .selectFrom('versions')
      .innerJoin('images', 'images.id', 'versions.image_id')
      .select('versions.size')
      .where('images.repository', '=', 'usage')
      .execute()
    const all = sizes.reduce((sum, { size }) => sum + size, 0)
    const shared = steps.reduce((sum, step) => sum + `layer of ${step}`.length, 0)
    expect(await usage()).toEqual({ bytes: all - shared, versions: 2, unread: 0 })
  })
})
