import type { Submission } from '../../../client/builds.ts'
import type { BuildForm, OptionFields } from './build-form.ts'

type Options = NonNullable<Submission['options']>

/** What is sent of a form. Fields that are empty are left to the server's defaults. Pure. */
export function toSubmission(form: BuildForm): Submission {
  const { source, project, name, description, visibility, kept } = form
  const options = toOptions(form.options, kept.options ?? {})
  const common = {
    ...(project !== '' && { project }),
    name: name.trim(),
    description,
    ...(visibility !== 'project' && { visibility }),
    options,
  }
  if (source === 'packages') {
    return { ...common, base_image: form.baseImage.trim(), packages: toPackages(form) }
  }
  const { context = kept.context, contexts, base_image: base } = { ...kept, ...sentContext(form) }
  return {
    ...common,
    dockerfile: form.dockerfile,
    ...(context !== undefined && { context }),
    ...(contexts !== undefined && { contexts }),
    ...(base !== undefined && { base_image: base }),
  }
}

const sentContext = ({ context }: BuildForm) =>
  context === undefined ? {} : { context: context.digest }

const files = ['requirements', 'environment', 'pyproject', 'lock'] as const

function toPackages({ apt, pip, conda, channels, ...form }: BuildForm) {
  return {
    apt: linesOf(apt),
    pip: linesOf(pip),
    conda: linesOf(conda),
    conda_channels: linesOf(channels),
    ...Object.fromEntries(
      files.flatMap((name) => (form[name].trim() === '' ? [] : [[name, form[name]]])),
    ),
  }
}

function toOptions(fields: OptionFields, kept: Options): Options {
  const { target, platform, memory, cpus, buildMinutes, compression } = fields
  const limits = {
    ...kept.limits,
    memory: filled(memory),
    cpus: cpus.trim() === '' ? undefined : Number(cpus),
  }
  const timeouts = {
    ...kept.timeouts,
    build: buildMinutes.trim() === '' ? undefined : Math.round(Number(buildMinutes) * 60),
  }
  const isCached = fields.cacheImport || fields.cacheExport !== 'off'
  return withoutAbsent({
    ...kept,
    target: filled(target),
    platform: filled(platform),
    build_args: pairsOf(fields.buildArgs),
    labels: pairsOf(fields.labels),
    no_cache: fields.noCache || (Array.isArray(kept.no_cache) ? kept.no_cache : undefined),
    network: fields.network,
    limits: orAbsent(withoutAbsent(limits)),
    timeouts: orAbsent(withoutAbsent(timeouts)),
    compression: toCompression(compression, kept),
    cache: isCached ? { import: fields.cacheImport, export: fields.cacheExport } : undefined,
    reproducible: fields.reproducible ? (kept.reproducible ?? true) : undefined,
    secrets: fields.secrets.length === 0 ? undefined : [...fields.secrets],
  })
}

/** The level, and whether layers that are there are packed anew, belong to the kind that they were asked for with. */
function toCompression(type: OptionFields['compression'], kept: Options): Options['compression'] {
  if (type === '') return undefined
  return type === kept.compression?.type ? kept.compression : { type }
}

const filled = (text: string) => (text.trim() === '' ? undefined : text.trim())

/** Lines with something on them; what follows a # is for people. */
export function linesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => filled(line.replace(/(^|\s)#.*$/, '')) ?? [])
}

/** NAME=value a line; a line without = is a name with nothing, which the server judges. */
export function pairsOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=')
      return at < 0 ? [line.trim(), ''] : [line.slice(0, at).trim(), line.slice(at + 1)]
    }),
  )
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> }

function withoutAbsent<T extends object>(fields: T): Partial<Present<T>> {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- entries forget the names of the keys
  return Object.fromEntries(present) as Partial<Present<T>>
}

const orAbsent = <T extends object>(fields: T) =>
  Object.keys(fields).length === 0 ? undefined : fields
