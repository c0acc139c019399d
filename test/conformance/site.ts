import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { run } from '../../process/run.ts'
import { createClient } from '../client.ts'
import type { Farm } from '../farm.ts'
import { type ContextName, writeContext } from './contexts.ts'
import { fillIn } from './fill-in.ts'
import type { Surroundings } from './surroundings.ts'

export const caseFolder = join(import.meta.dirname, 'cases')
export const extension = '.Dockerfile'
const limitMs = 60_000

/** What both ways build from, made ready for each of them. */
export interface Site extends AsyncDisposable {
  readonly farm: Farm
  readonly around: Surroundings
  readonly client: ReturnType<typeof createClient>
  /** Of the registry, with the port. */
  readonly host: string
  /** The Dockerfile of a case. */
  read(name: string): Promise<string>
  /** The image that a named context means; `undefined` when it means files. */
  readonly imageOf: (name: string) => string | undefined
  /** Files in a folder, and what Kiln calls their upload; without a name they are none. */
  folderOf(files: string | undefined): Promise<string>
  digestOf(files: string): Promise<string>
  /** A folder with a file for each secret, all of which Kiln has as well. */
  readonly secretFolder: string
}

interface Context {
  readonly folder: string
  readonly digest: string
}

export async function createSite(farm: Farm, around: Surroundings): Promise<Site> {
  await using stack = new AsyncDisposableStack()
  const client = createClient(farm.url)
  const folder = await mkdtemp(join(tmpdir(), 'kiln-conformance-'))
  stack.defer(async () => rm(folder, { recursive: true }))
  const { host } = new URL(farm.registry.url)
  const [empty, secretFolder] = [join(folder, 'empty'), join(folder, 'secrets')]
  await mkdir(empty)
  await mkdir(secretFolder)
  for (const [name, value] of Object.entries(around.secrets)) {
    await writeFile(join(secretFolder, name), value, { mode: 0o600 })
    await putSecret(client, name, value)
  }
  const { digest: busybox } = await farm.manifest('../base/busybox', '1.35')
  const contexts = new Map<string, Promise<Context>>()
  const contextOf = async (name: string) => {
    const known = contexts.get(name) ?? uploadContext(client, name as ContextName, folder)
    contexts.set(name, known)
    return known
  }
  const owned = stack.move()
  return {
    farm,
    around,
    client,
    host,
    secretFolder,
    read: async (name) => {
      const text = await readFile(join(caseFolder, `${name}${extension}`), 'utf8')
      return fillIn(text, { registry: host, busybox, around })
    },
    imageOf: (name) => (name === 'busybox' ? `${host}/base/busybox:1.35` : undefined),
    folderOf: async (files) => (files === undefined ? empty : (await contextOf(files)).folder),
    digestOf: async (files) => (await contextOf(files)).digest,
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

async function putSecret(client: Site['client'], name: string, value: string): Promise<void> {
  const reply = await client.request(`/api/projects/default/secrets/${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ value }),
  })
  expect(reply.status).toBe(201)
}

async function uploadContext(
  client: Site['client'],
  name: ContextName,
  parent: string,
): Promise<Context> {
  const folder = join(parent, name)
  await mkdir(folder)
  await writeContext(name, folder)
  const tar = `${folder}.tar`
  await run('tar', ['-C', folder, '-cf', tar, '.'], { limitMs })
  const reply = await client.upload(new Uint8Array(await readFile(tar)))
  expect(reply.status).toBe(201)
  const { context: digest } = (await reply.json()) as { context: string }
  return { folder, digest }
}
