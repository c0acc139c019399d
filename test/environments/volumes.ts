import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { createClient } from '../client.ts'
import type { createEnvironmentClient } from './client.ts'

interface Clients {
  readonly builds: ReturnType<typeof createClient>
  readonly environments: ReturnType<typeof createEnvironmentClient>
}

/** Makes what a node is to offer: `data` to read, and `scratch` that each project has for itself. */
export async function offerVolumes() {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-volumes-'))
  for (const name of ['data', 'scratch']) await mkdir(join(folder, name))
  await writeFile(join(folder, 'data/file'), 'of everybody\n')
  // Whoever may write there is kept from it by the mount alone.
  for (const path of ['data', 'data/file']) await chmod(join(folder, path), 0o777)
  const volumes = `data:${folder}/data,scratch:${folder}/scratch:projects`
  return { folder, environment: { KILN_VOLUMES: volumes } }
}

/** Cases on a farm that has these, and an image `app` whose user is nobody. */
export function testVolumes(clients: () => Clients): void {
  it('has volumes that outlive it, are its own project’s, and are no part of what is saved', async () =>
    expect(await seenByAnother(clients())).toMatch(/^0\n/))
  it('lists volumes, and refuses those that no node offers in that way', async () => {
    expect(await listVolumes(clients())).toMatchObject([
      { name: 'data', node_count: 1, nodes: [{ mode: 'ro', ready: true }] },
      { name: 'scratch', node_count: 1, nodes: [{ mode: 'projects' }] },
    ])
    await refuseVolumes(clients())
  })
}

/** Uses volumes in one environment and after it in others. @returns what one of another project prints of its own. */
async function seenByAnother({ builds, environments }: Clients) {
  const [scratch, data] = [
    { volume: 'scratch', path: '/work/scratch' },
    { volume: 'data', path: '/data' },
  ]
  const start = async (look: string, request: object) => {
    const command = ['sh', '-c', `${look}; echo done; exec sleep 5007.5`]
    const id = await environments.run({ image: 'app', command, ...request })
    await expect.poll(() => environments.log(id), { timeout: 60_000 }).toContain('done')
    return id
  }
  // What it prints and what goes wrong come by two ways, in no certain order.
  const printed = async (id: string, ...texts: readonly RegExp[]) => {
    for (const text of texts) {
      await expect.poll(() => environments.log(id), { timeout: 20_000 }).toMatch(text)
    }
  }
  const write =
    'echo kept > /work/scratch/file; ln -s /data/file /work/opened; cat /data/file; echo x >> /data/file'
  const first = await start(write, { volumes: [scratch, data] })
  await printed(first, /^of everybody$/m, /Read-only file system/)
  expect(await environments.read(first)).toMatchObject({
    volumes: [
      { ...scratch, read_only: false },
      { ...data, read_only: true },
    ],
  })
  const reply = await environments.ask('POST', `/${first}/save-preview`, {})
  const { mounts, folders, dangling } = (await reply.json()) as Record<string, { path: string }[]>
  expect(dangling).toEqual([{ path: '/work/opened', to: '/data/file' }])
  const bytes = expect.any(Number)
  expect(mounts).toContainEqual({ path: '/work/scratch', type: 'volume', bytes })
  expect(mounts).toContainEqual({ path: '/data', type: 'volume', bytes })
  expect(folders?.map(({ path }) => path)).not.toContain('/work/scratch')
  await environments.stop(first)
  expect((await environments.ask('DELETE', `/${first}`)).status).toBe(204)

  const second = await start('cat /s/file; touch /s/no', {
    volumes: [{ volume: 'scratch', path: '/s', read_only: true }],
  })
  await printed(second, /^kept$/m, /Read-only file system/)
  await environments.stop(second)

  const send = async (method: string, path: string, content: object) =>
    builds.request(path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(content),
    })
  expect((await send('POST', '/api/projects', { name: 'other' })).status).toBe(201)
  const image = (await builds.images()).find(({ name }) => name === 'app')
  const shared = await send('PATCH', `/api/images/${image?.id}`, { visibility: 'public' })
  expect(shared.status).toBe(200)
  const other = await start('ls /work/scratch | wc -l; pwd', {
    project: 'other',
    volumes: [scratch],
  })
  const seen = await environments.log(other)
  await environments.stop(other)
  await limitVolumes({ builds, environments }, start)
  return seen
}

/** What is written is counted, and nothing more may write once it is too much. */
async function limitVolumes(
  { builds, environments }: Clients,
  start: (look: string, request: object) => Promise<string>,
): Promise<void> {
  const scratch = { volume: 'scratch', path: '/s' }
  await environments.stop(await start('head -c 3000000 /dev/zero > /s/big', { volumes: [scratch] }))
  const quotas = async (change?: object) => {
    const reply = await builds.request('/api/projects/default/quotas', {
      ...(change && { method: 'PATCH', headers: { 'content-type': 'application/json' } }),
      ...(change && { body: JSON.stringify(change) }),
    })
    return ((await reply.json()) as { volume_bytes: { use: number } }).volume_bytes.use
  }
  await expect
    .poll(async () => quotas(), { timeout: 60_000, interval: 500 })
    .toBeGreaterThan(3_000_000)
  await quotas({ volume_bytes: 3_000_000 })
  const reply = await environments.ask('POST', '', { image: 'app', volumes: [scratch] })
  expect([reply.status, await reply.json()]).toMatchObject([403, { code: 'quota_volume_bytes' }])
  const reading = { volumes: [{ ...scratch, read_only: true }] }
  await environments.stop(await start('ls /s', reading))
  await quotas({ volume_bytes: null })
}

async function listVolumes({ builds }: Clients) {
  const reply = await builds.request('/api/volumes')
  return ((await reply.json()) as { volumes: object[] }).volumes
}

async function refuseVolumes({ environments }: Clients) {
  const ask = async (...wanted: readonly object[]) => {
    const answer = await environments.ask('POST', '', { image: 'app', volumes: wanted })
    return [answer.status, ((await answer.json()) as { detail: string }).detail]
  }
  expect(await ask({ volume: 'none', path: '/data' })).toEqual([
    422,
    'no node offers the volume none: there are data, scratch',
  ])
  expect(await ask({ volume: 'data', path: '/data', read_only: false })).toEqual([
    422,
    'the volume data can only be read: ask for it with read_only',
  ])
  expect((await ask({ volume: 'data', path: '/proc/x' }))[0]).toBe(400)
}
