import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseDigest } from '#contract/image.ts'
import { publishVersion } from '../../records/versions.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { type Call, callsWith, createTenants } from './tenants.ts'

let server: ServerAlone
let admin: Call
let builder: Call
let stranger: Call
beforeAll(async () => {
  server = await startServerAlone({ KILN_REGISTRY_URL: 'http://127.0.0.1:1' })
  const tenants = createTenants(server)
  const callsOf = async (user: string) =>
    callsWith(server.url, (await tenants.token({ user, scopes: ['admin'] })).token)
  for (const user of ['boss', 'builder', 'stranger']) await tenants.user(user)
  for (const project of ['vision', 'speech']) await tenants.project(project)
  await tenants.member('vision', 'boss', 'admin')
  await tenants.member('vision', 'builder', 'builder')
  await tenants.member('speech', 'stranger', 'builder')
  admin = await callsOf('boss')
  builder = await callsOf('builder')
  stranger = await callsOf('stranger')
})
afterAll(async () => server[Symbol.asyncDispose]())

const dockerfile = 'FROM scratch\nCOPY a /\n'
const about = (name: string, visibility?: string) => ({
  project: 'vision',
  name,
  dockerfile,
  ...(visibility !== undefined && { visibility }),
})
const submit = async (call: Call, name: string, visibility?: string) =>
  call('POST', '/api/images/build', about(name, visibility))

/** What is published of a build, as when its stages were done. */
async function publish(id: string, mark: string): Promise<void> {
  const { db } = server
  await db.updateTable('builds').set({ attempt: 1 }).where('id', '=', id).execute()
  await db
    .insertInto('attempts')
    .values({ build_id: id, number: 1, node_id: 'node-1', incarnation: randomUUID(), reason: '' })
    .execute()
  const digest = parseDigest(`sha256:${mark.repeat(64)}`)
  const verification = { digest, verdict: 'not_gpu', evidence: 'measured' } as const
  const told = { ...verification, nonce: 'abcdefgh', durationMs: 1 }
  const request = { buildId: id, attempt: 1, digest, verification: told }
  const terms = { registry: 'registry.local/kiln', attestations: [] }
  expect(await publishVersion(db, request, { digest, size: 1 }, terms)).toBe('published')
  await db.updateTable('builds').set({ status: 'succeeded' }).where('id', '=', id).execute()
}

const idOf = ({ body }: { readonly body: unknown }) => (body as { build_id: string }).build_id
const visibilityOf = async (name: string) => {
  const { body } = await admin('GET', `/api/images?name=${name}&detail=true`)
  return (body as { images: { visibility: string }[] }).images[0]?.visibility
}
const namesSeen = async (call: Call) => {
  const { body } = await call('GET', '/api/images?is_official=false')
  return (body as { images: { name: string }[] }).images.map(({ name }) => name)
}

it('makes a new image as visible as it was asked for, and leaves one that is there as it is', async () => {
  const hidden = await submit(builder, 'app:1', 'private')
  expect(await builder('GET', `/api/builds/${idOf(hidden)}`)).toMatchObject({
    body: { visibility: 'private' },
  })
  await publish(idOf(hidden), 'a')
  await publish(idOf(await submit(admin, 'open:1', 'public')), 'b')
  await publish(idOf(await submit(builder, 'usual:1')), 'c')
  expect(await visibilityOf('app:1')).toBe('private')
  expect(await visibilityOf('open:1')).toBe('public')
  expect(await visibilityOf('usual:1')).toBe('project')
  expect(await namesSeen(stranger)).toEqual(['open:1'])
  await publish(idOf(await submit(builder, 'open:1', 'private')), 'd')
  expect(await visibilityOf('open:1')).toBe('public')
})

it('has an image made public only by who administers its project, also in many and a preview', async () => {
  const refused = { status: 403, body: { code: 'forbidden' } }
  expect(await submit(builder, 'app:2', 'public')).toMatchObject(refused)
  const { name: _, ...preview } = about('app:2', 'public')
  expect(await builder('POST', '/api/images/preview', preview)).toMatchObject(refused)
  const { body } = await builder('POST', '/api/images/build/batch', {
    builds: [about('app:2', 'public'), about('app:3', 'private')],
  })
  expect(body).toMatchObject({
    accepted: 1,
    builds: [{ problem: refused.body }, {}],
  })
  expect(await submit(builder, 'app:4', 'everybody')).toMatchObject({ status: 400 })
})
