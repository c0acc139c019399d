import type { Problem } from '#contract/problem.ts'
import type { Farm } from '../farm.ts'
import { type Buildctl, createBuildctl } from './buildctl.ts'
import { optionFlags, sourceFlags } from './buildctl-flags.ts'
import type { Case } from './cases.ts'
import { type PulledImage, pullImage } from './pull-image.ts'
import { createSite, type Site } from './site.ts'
import type { Surroundings } from './surroundings.ts'

const repository = 'conformance'
const limitMs = 240_000

/** How one way ended: with an image, or with an error and the line that it names. */
export type Outcome =
  | { readonly image: PulledImage }
  | { readonly code: string; readonly message: string; readonly line: number | undefined }

export interface BothWays extends AsyncDisposable {
  kiln(one: Case): Promise<Outcome>
  buildctl(one: Case): Promise<Outcome>
  /** Why BuildKit refuses a Dockerfile without running it; `undefined` when it does not. */
  outline(dockerfile: string): Promise<string | undefined>
}

/** Builds cases through Kiln's HTTP API and through buildctl on the same daemon and registry. */
export async function createBothWays(farm: Farm, around: Surroundings): Promise<BothWays> {
  await using stack = new AsyncDisposableStack()
  const buildctl = stack.use(await createBuildctl(farm.buildkitAddress, farm.registry))
  const site = stack.use(await createSite(farm, around))
  const owned = stack.move()
  return {
    kiln: async (one) => buildByKiln(site, one),
    buildctl: async (one) => buildByBuildctl(site, buildctl, one),
    outline: async (dockerfile) => buildctl.outline(dockerfile),
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

async function buildByKiln(site: Site, one: Case): Promise<Outcome> {
  const { name, context, git, contexts = {}, secrets = [], ssh = [], epoch } = one
  const { client, around, farm } = site
  const named = Object.entries(contexts).map(
    async ([key, value]) => [key, site.imageOf(value) ?? (await site.digestOf(value))] as const,
  )
  const image = `${repository}/${name.replace('/', '-')}`
  const reply = await client.post({
    name: `${image}:1`,
    dockerfile: await site.read(name),
    ...(context && { context: await site.digestOf(context) }),
    ...(git && { context: { git: around.repository.url, ...git } }),
    contexts: Object.fromEntries(await Promise.all(named)),
    options: {
      ...one.options,
      secrets: secrets.map((id) => ({ id, secret: id })),
      ssh: ssh.map((id) => ({ id, secret: 'key' })),
      ...(epoch !== undefined && { reproducible: { source_date_epoch: epoch } }),
    },
  })
  if (reply.status !== 202) {
    const { code, detail = '', errors } = (await reply.json()) as Problem
    return { code, message: detail, line: errors?.[0]?.line }
  }
  const { build_id: id } = (await reply.json()) as { build_id: string }
  const done = await client.until(id, ({ status }) => status !== 'building', limitMs)
  if (done.failure !== null) return { line: undefined, ...done.failure }
  const times = epoch !== undefined
  return { image: await pullImage(farm.registry, `kiln/${image}`, done.digest ?? '', { times }) }
}

async function buildByBuildctl(site: Site, buildctl: Buildctl, one: Case): Promise<Outcome> {
  const { name, context, contexts = {}, epoch } = one
  const pushed = `by-buildctl/${name.replace('/', '-')}`
  const named = Object.entries(contexts).map(async ([key, value]) => {
    const image = site.imageOf(value)
    if (image !== undefined) return ['--opt', `context:${key}=docker-image://${image}`]
    const folder = await site.folderOf(value)
    return ['--local', `${key}=${folder}`, '--opt', `context:${key}=local:${key}`]
  })
  const ended = await buildctl.build({
    dockerfile: await site.read(name),
    context: await site.folderOf(context),
    image: `${site.host}/${pushed}`,
    flags: [
      ...optionFlags(one.options ?? {}),
      ...(await Promise.all(named)).flat(),
      ...sourceFlags(one, site.around, site.secretFolder),
    ],
    ...(epoch !== undefined && {
      exporter: { 'source-date-epoch': String(epoch), 'rewrite-timestamp': 'true' },
    }),
  })
  if ('error' in ended) return { code: 'buildctl', message: ended.error, line: ended.line }
  const times = epoch !== undefined
  return { image: await pullImage(site.farm.registry, pushed, ended.digest, { times }) }
}
