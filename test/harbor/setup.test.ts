import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { examineHarbor } from '../../harbor/examine.ts'
import { setUpHarbor } from '../../harbor/setup.ts'
import { pushImage } from './push-image.ts'
import { type SomeHarbor, someHarbor } from './some-harbor.ts'

// Harbor: POST /projects, /projects/{name}/immutabletagrules, /webhook/policies and /robots (api/v2.0/swagger.yaml).

let some: SomeHarbor
let project: string
beforeEach(async () => {
  some = await someHarbor()
  project = `kiln-${randomUUID().slice(0, 8)}`
})
afterEach(async () => some[Symbol.asyncDispose]())

const webhook = { address: 'http://127.0.0.1:1/', authorization: 'Bearer secret' }

it('makes what is missing and leaves the rest', async () => {
  const first = await setUpHarbor(some.harbor, { project, webhook })
  expect(first.steps.map(({ done }) => done)).toEqual(Array(6).fill('made'))
  const second = await setUpHarbor(some.harbor, { project, webhook })
  expect(second.steps.map(({ done }) => done)).toEqual(Array(6).fill('there'))
  expect(second.robots).toEqual({})
})

it('gives a robot with which everything is found well, and a push works', async () => {
  const { robots } = await setUpHarbor(some.harbor, { project, webhook })
  const credential = robots.own ?? { username: '', password: '' }
  const examined = await examineHarbor(some.connect(credential), project)
  expect(examined.filter(({ state }) => state !== 'ok')).toEqual([])
  await pushImage({ url: some.url, credential }, `${project}/app`, { tag: '1-v1', text: 'one' })
})

it('gives robots of which one may not delete, and one only read', async () => {
  const { robots } = await setUpHarbor(some.harbor, { project })
  const { push, pull } = robots
  expect(push).toBeDefined()
  expect(pull).toBeDefined()
  const image = { tag: '1-v1', text: 'one' }
  const place = `${project}/app`
  await expect(pushImage({ url: some.url, credential: pull! }, place, image)).rejects.toThrow(
    /upload: 401/,
  )
  const digest = await pushImage({ url: some.url, credential: push! }, place, image)
  const artifact = { project, repository: 'app' }
  await expect(some.connect(push!).artifacts.delete(artifact, digest)).rejects.toMatchObject({
    status: 403,
  })
})

it('gives a robot that can reach no other project', async () => {
  const { robots } = await setUpHarbor(some.harbor, { project })
  const other = `${project}-other`
  await some.harbor.projects.create(other, {})
  const mine = some.connect(robots.own ?? { username: '', password: '' })
  await expect(mine.projects.find(other)).rejects.toMatchObject({ status: 403 })
  await expect(mine.projects.create('more', {})).rejects.toMatchObject({ status: 403 })
  await some.harbor.projects.delete(other)
})

it('says what is missing before it is made', async () => {
  const examined = await examineHarbor(some.harbor, project)
  expect(examined.filter(({ state }) => state === 'missing')).toMatchObject([
    { what: `project ${project}` },
  ])
})

it('says that a credential is not taken', async () => {
  const stranger = some.connect({ username: 'robot$nobody', password: 'Wrong-12345' })
  expect(await examineHarbor(stranger, project)).toMatchObject([
    { what: 'credential', state: 'missing' },
  ])
})

it('keeps the tags of versions for good', async () => {
  await setUpHarbor(some.harbor, { project })
  await pushImage(some, `${project}/team/app`, { tag: '1.0-v1', text: 'one' })
  const moved = pushImage(some, `${project}/team/app`, { tag: '1.0-v1', text: 'two' })
  await expect(moved).rejects.toThrow('412')
  await pushImage(some, `${project}/team/app`, { tag: '1.0', text: 'two' })
  // Names whose tags only look like it move as others do.
  for (const tag of ['cuda-v12.2', 'my-version']) {
    await pushImage(some, `${project}/team/app`, { tag, text: 'one' })
    await pushImage(some, `${project}/team/app`, { tag, text: 'two' })
  }
})
