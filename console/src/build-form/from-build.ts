import type { BuildDetail } from '#contract/answers.ts'
import type { Submission } from '../../../client/builds.ts'
import { type BuildForm, emptyForm, emptyOptions, type OptionFields } from './build-form.ts'

/**
 * The form with which a build was asked for, to be changed and sent again. Of one that saved an environment it leads to the
 * environment: its Dockerfile has none of the files. Pure.
 */
export function fromBuild(build: BuildDetail): BuildForm {
  const { packages, options } = build
  const form = {
    ...emptyForm(build.project),
    name: build.name,
    description: build.description,
    // Its image is there, and keeps who may read it: not everybody who may build it again may decide that.
    ...(build.status !== 'succeeded' &&
      build.visibility !== undefined && { visibility: build.visibility }),
    options: fromOptions(options),
  }
  if (build.saved) return { ...form, source: 'environment' }
  if (packages !== null) {
    return {
      ...form,
      source: 'packages',
      baseImage: build.base_image ?? '',
      apt: packages.apt.join('\n'),
      pip: packages.pip.join('\n'),
      conda: packages.conda.join('\n'),
      channels: packages.conda_channels.join('\n'),
      kept: { options },
    }
  }
  return { ...form, dockerfile: build.dockerfile, kept: keptOf(build) }
}

function keptOf(build: BuildDetail): Partial<Submission> {
  const { options, context, contexts, base_image: base } = build
  const named = Object.entries(contexts).map(([name, source]) => [name, nameOf(source)] as const)
  return {
    options,
    ...(context !== null && { context: asSubmitted(context) }),
    ...(named.length > 0 && { contexts: Object.fromEntries(named) }),
    ...(base !== null && { base_image: base }),
  }
}

type Named = BuildDetail['contexts'][string]

function nameOf(source: Named): NonNullable<Submission['context']> {
  if (typeof source === 'string') return source
  return isImage(source) ? source.image : asSubmitted(source)
}

const isImage = (source: object): source is { readonly image: string } => 'image' in source

type Source = NonNullable<BuildDetail['context']>

/** Without the commit that a ref came to: it may mean another one by now. */
function asSubmitted(source: Source): NonNullable<Submission['context']> {
  if (typeof source === 'string') return source
  const { git, ref, subdir } = source
  return { git, ...(ref !== undefined && { ref }), ...(subdir !== undefined && { subdir }) }
}

function fromOptions(options: BuildDetail['options']): OptionFields {
  const { limits = {}, timeouts = {}, cache, compression, reproducible, secrets = [] } = options
  return {
    ...emptyOptions(),
    target: options.target ?? '',
    platform: options.platform ?? '',
    buildArgs: toLines(options.build_args),
    labels: toLines(options.labels),
    noCache: options.no_cache === true,
    network: options.network ?? 'proxy',
    memory: limits.memory === undefined ? '' : exactSize(limits.memory),
    cpus: limits.cpus === undefined ? '' : String(limits.cpus),
    buildMinutes: timeouts.build === undefined ? '' : String(timeouts.build / 60),
    compression: compression?.type ?? '',
    cacheImport: cache?.import ?? false,
    cacheExport: cache?.export ?? 'off',
    reproducible: reproducible !== undefined && reproducible !== false,
    secrets,
  }
}

const sizes = { GiB: 1024 ** 3, MiB: 1024 ** 2, KiB: 1024 } as const

/** In the largest unit that leaves nothing over. */
function exactSize(bytes: number): string {
  const unit = Object.entries(sizes).find(([, size]) => bytes % size === 0)
  return unit === undefined ? String(bytes) : `${bytes / unit[1]}${unit[0]}`
}

const toLines = (pairs: Readonly<Record<string, string>> = {}) =>
  Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')
