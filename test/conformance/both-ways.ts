import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Problem } from '#contract/problem.ts'
import { run } from '../../process/run.ts'
import { createClient } from '../client.ts'
import type { Farm } from '../farm.ts'
import { createBuildctl } from './buildctl.ts'
import type { Case } from './cases.ts'
import { type ContextName, writeContext } from './contexts.ts'
import { type PulledImage, pullImage } from './pull-image.ts'

export const caseFolder = join(import.meta.dirname, 'cases')
export const extension = '.Dockerfile'
const repository = 'conformance'
const limitMs = 240_000

/** How one way ended: with an image, or with an error and the line that it names. */
export type Outcome =
  | { readonly image: PulledImage }
  | { readonly code: string; readonly message: string; readonly line: number | undefined }

export interface BothWays extends AsyncDisposable {
  kiln(one: Case): Promise<Outcome>
  buildctl(one: Case): Promise<Outcome>
}

interface Context {
  readonly folder: string
  /** What Kiln calls it. */
  readonly digest: string
}

/** Builds cases through Kiln's HTTP API and through buildctl on the same daemon and registry. */
export async function createBothWays(farm: Farm): Promise<BothWays> {
  await using stack = new AsyncDisposableStack()
  const client = createClient(farm.url)
  const buildctl = stack.use(await createBuildctl(farm.buildkitAddress, farm.registry))
  const folder = await mkdtemp(join(tmpdir(), 'kiln-conformance-'))
  stack.defer(async () => rm(folder, { recursive: true }))
  const { host } = new URL(farm.registry.url)
  const contextOf = once(async (name: ContextName) => uploadContext(client, name, folder))
  const empty = join(folder, 'empty')
  await mkdir(empty)
  const base = await farm.manifest('../base/busybox', '1.35')
  const read = async (name: string) => {
    const text = await readFile(join(caseFolder, `${name}${extension}`), 'utf8')
    return text.replaceAll('registry.test/', `${host}/`).replaceAll('{busybox-digest}', base.digest)
  }
  const owned = stack.move()
  return {
    kiln: async ({ name, context, options }) => {
      const reply = await client.post({
        name: `${repository}/${name.replace('/', '-')}:1`,
        dockerfile: await read(name),
        ...(context && { context: (await contextOf(context)).digest }),
        ...(options && { options }),
      })
      if (reply.status !== 202) {
        const { code, detail = '', errors } = (await reply.json()) as Problem
        return { code, message: detail, line: errors?.[0]?.line }
      }
      const { build_id: id } = (await reply.json()) as { build_id: string }
      const done = await client.until(id, ({ status }) => status !== 'building', limitMs)
      if (done.failure !== null) return { line: undefined, ...done.failure }
      const pushed = `kiln/${repository}/${name.replace('/', '-')}`
      return { image: await pullImage(farm.registry, pushed, done.digest ?? '') }
    },
    buildctl: async ({ name, context, options = {} }) => {
      const pushed = `by-buildctl/${name.replace('/', '-')}`
      const files = context ? (await contextOf(context)).folder : empty
      const ended = await buildctl.build({
        dockerfile: await read(name),
        context: files,
        image: `${host}/${pushed}`,
        flags: flagsOf(options),
      })
      if ('error' in ended) return { code: 'buildctl', message: ended.error, line: ended.line }
      return { image: await pullImage(farm.registry, pushed, ended.digest) }
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

/** The flags by which buildctl is told what Kiln is told by options, and what Kiln always tells the daemon. */
function flagsOf({
  target,
  build_args: args = {},
  labels = {},
  network = 'proxy',
}: NonNullable<Case['options']>): readonly string[] {
  const opts = {
    cmdline: 'buildctl',
    ...(target !== undefined && { target }),
    ...prefixed('build-arg', args),
    ...prefixed('label', labels),
    ...(network === 'none' && { 'force-network-mode': 'none' }),
  }
  return [
    // Otherwise its steps would be answered by what Kiln has just built.
    '--no-cache',
    ...Object.entries(opts).flatMap(([key, value]) => ['--opt', `${key}=${value}`]),
    ...(network === 'proxy' ? ['--proxy-network'] : []),
  ]
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${prefix}:${key}`, value]),
  )
}

async function uploadContext(
  client: ReturnType<typeof createClient>,
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

/** Does the work for each key once, however often and at the same time it is asked for. */
function once<K, V>(work: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const known = new Map<K, Promise<V>>()
  return async (key) => {
    const value = known.get(key) ?? work(key)
    known.set(key, value)
    return value
  }
}
