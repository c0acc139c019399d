import { z } from 'zod'
import type { SaveOrder } from '#contract/save.ts'
import { imageManifest } from '#contract/wire/image-manifest.ts'
import type { WrittenLayer } from './write-layer.ts'
import { Unsaveable } from './unsaveable.ts'

export const layerType = 'application/vnd.oci.image.layer.v1.tar+zstd'
const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const configType = 'application/vnd.oci.image.config.v1+json'

const words = z.array(z.string()).nullish()
const imageConfig = z.looseObject({
  config: z
    .looseObject({
      Env: words,
      Labels: z.record(z.string(), z.string()).nullish(),
    })
    .nullish(),
  rootfs: z.looseObject({ diff_ids: z.array(z.string()) }),
  history: z.array(z.looseObject({})).nullish(),
})

/** The bytes of a configuration, and how the manifest that names it is made. */
export interface ComposedImage {
  readonly config: Buffer
  readonly manifest: (configDigest: string) => Buffer
}

/**
 * The image with the layer of an environment on its parent. What runs in the environment leaves no trace in the
 * configuration: it is the parent's with what was asked to be otherwise. What the parent leaves to those that start from
 * it (ONBUILD) is not done here, and not left once more. Pure. @throws Unsaveable when the parent cannot be read.
 */
export function composeImage(
  order: Pick<SaveOrder, 'environment_id' | 'saved_at' | 'config' | 'parent' | 'merges'>,
  layer: WrittenLayer,
): ComposedImage {
  const parent = imageConfig.safeParse(readJson(order.parent.config))
  if (!parent.success) throw unreadable()
  const { config, rootfs, history, ...rest } = parent.data
  const below = readLayers(order).slice(0, rootfs.diff_ids.length - order.merges)
  const made = { created: order.saved_at, created_by: `kiln save ${order.environment_id}` }
  const whole = {
    ...rest,
    created: order.saved_at,
    config: changeConfig(config ?? {}, order.config),
    rootfs: { ...rootfs, diff_ids: [...rootfs.diff_ids.slice(0, below.length), layer.diffId] },
    history: [
      ...withoutLayers(history ?? [], order.merges),
      { ...made, comment: 'saved from an environment' },
    ],
  }
  const bytes = Buffer.from(JSON.stringify(whole))
  const own = { mediaType: layerType, digest: layer.digest, size: layer.bytes }
  return {
    config: bytes,
    manifest: (digest) =>
      Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: manifestType,
          config: { mediaType: configType, digest, size: bytes.length },
          layers: [...below, own],
        }),
      ),
  }
}

/** The layers of the parent, the lowest first. Pure. @throws Unsaveable */
export function readLayers({ parent }: Pick<SaveOrder, 'parent'>) {
  const manifest = imageManifest.safeParse(readJson(parent.manifest))
  if (!manifest.success) throw unreadable()
  return manifest.data.layers
}

function unreadable(): Unsaveable {
  return new Unsaveable('environment_unsaveable', 'the image of the environment cannot be read')
}

type History = NonNullable<z.infer<typeof imageConfig>['history']>

/** Without the last `count` steps that made a layer. */
function withoutLayers(history: History, count: number): History {
  const made = history.flatMap((step, at) => (step['empty_layer'] === true ? [] : [at]))
  const dropped = new Set(count === 0 ? [] : made.slice(-count))
  return history.filter((_, at) => !dropped.has(at))
}

type Config = NonNullable<z.infer<typeof imageConfig>['config']>

function changeConfig(config: Config, changes: SaveOrder['config']): Config {
  const { entrypoint, cmd, user, workdir, env, labels } = changes
  const changed = Object.keys(env)
  const kept = (config.Env ?? []).filter((pair) => !changed.includes(pair.split('=')[0] ?? ''))
  return {
    ...config,
    OnBuild: undefined,
    Env: [...kept, ...withValue(env).map(([name, value]) => `${name}=${value}`)],
    ...(Object.keys(labels).length > 0 && { Labels: changeLabels(config.Labels ?? {}, labels) }),
    ...(entrypoint !== undefined && { Entrypoint: entrypoint }),
    ...(cmd !== undefined && { Cmd: cmd }),
    ...(user !== undefined && { User: user }),
    ...(workdir !== undefined && { WorkingDir: workdir }),
  }
}

type Changes = Readonly<Record<string, string | null>>

function changeLabels(labels: Readonly<Record<string, string>>, changes: Changes) {
  const kept = Object.entries(labels).filter(([name]) => !Object.hasOwn(changes, name))
  return Object.fromEntries([...kept, ...withValue(changes)])
}

function withValue(changes: Changes): readonly (readonly [string, string])[] {
  return Object.entries(changes).flatMap(([name, value]) => (value === null ? [] : [[name, value]]))
}

function readJson(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString())
  } catch {
    return undefined
  }
}
