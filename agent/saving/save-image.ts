import { createHash } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { showBytes } from '#contract/bytes.ts'
import { type Digest, parseDigest } from '#contract/image.ts'
import type { SaveOrder, SaveSize } from '#contract/save.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { NodeDisk } from '../disk/node-disk.ts'
import { type FilesInUse, StartGone } from '../environments/entry.ts'
import type { Environments } from '../environments/environments.ts'
import { NotHeld } from '../environments/hold-still.ts'
import { askAgain } from '../stages/ask-again.ts'
import type { StageJob } from '../stages/run-stage.ts'
import { composeImage, layerType, readLayers } from './compose-image.ts'
import { readMountPoints } from './mount-points.ts'
import { type FetchDeps, fetchParent } from './fetch-parent.ts'
import { hiddenBytes } from './hidden-bytes.ts'
import { leastPacked } from './least-packed.ts'
import { requireRoom } from './require-room.ts'
import type { SavedImages } from './saved-images.ts'
import { squashLayers } from './squash-layers.ts'
import { type Surveyed, surveyUpper } from './survey-upper.ts'
import { Unsaveable } from './unsaveable.ts'
import { type WrittenLayer, writeLayer } from './write-layer.ts'

export interface SaveImageDeps extends FetchDeps {
  readonly environments: Pick<Environments, 'use'>
  readonly savedImages: Pick<SavedImages, 'begin' | 'keep' | 'remove'>
  readonly disk: Pick<NodeDisk, 'settle' | 'watch'>
  readonly controlPlane: Pick<ControlPlane, 'tellSaveSize'>
  readonly random: () => number
}

/** A server that is started anew must not cost the save its attempt. */
const tellLimitMs = 60_000

/**
 * Makes an image of what an environment has written: its parent is there whole first, then its programs stand still while
 * one layer is written. Nothing is told to the registry. @throws Unsaveable, DiskFull
 */
export async function saveImage(
  deps: SaveImageDeps,
  job: StageJob,
  order: SaveOrder,
): Promise<void> {
  const { plan, log, signal } = job
  const attempt = { buildId: plan.build_id, attempt: plan.attempt }
  const tellSize = async (size: SaveSize) => {
    const once = async () => deps.controlPlane.tellSaveSize(attempt, size)
    await askAgain(once, { random: deps.random, signal, limitMs: tellLimitMs })
  }
  await deps.disk.settle(signal)
  using disk = deps.disk.watch(plan.project)
  const stoppable = AbortSignal.any([signal, disk.signal])
  try {
    await fetchParent(deps, plan, stoppable)
    const folder = await deps.savedImages.begin(attempt)
    const file = join(folder, 'layer')
    const own = await deps.environments.use(
      { environmentId: order.environment_id, start: order.start },
      async (files) => writeStill({ files, file, order, log, tellSize, signal: stoppable }),
    )
    const layer = await mergeLayers(deps, { folder, file, own, order, plan }, stoppable)
    deps.savedImages.keep(attempt, await writeImage(folder, order, layer))
  } catch (error) {
    await deps.savedImages.remove(attempt)
    signal.throwIfAborted()
    throw explain(await disk.judge(error))
  }
}

interface Merging {
  readonly folder: string
  /** Of the layer that was written. */
  readonly file: string
  readonly own: WrittenLayer
  readonly order: SaveOrder
  readonly plan: Pick<StageJob['plan'], 'project'>
}

/** Makes the layer one with the topmost of its parent's, where that is wanted, and puts it under the name of its digest. */
async function mergeLayers(
  { daemons }: SaveImageDeps,
  { folder, file, own, order, plan }: Merging,
  signal: AbortSignal,
): Promise<WrittenLayer> {
  const layers = order.merges === 0 ? [] : readLayers(order).slice(-order.merges)
  if (layers.length === 0) {
    await rename(file, join(folder, hexOf(own.digest)))
    return own
  }
  using daemon = await daemons.use(plan.project)
  const below = layers.map(({ digest, mediaType }) => ({
    path: join(daemon.blobs, ...digest.split(':')),
    mediaType,
  }))
  const squashed = join(folder, 'squashed')
  const above = { path: file, mediaType: layerType }
  const marks = await squashLayers(squashed, [...below, above], signal)
  const whole = `${file}-whole`
  const target = { upper: squashed, file: whole }
  const layer = await writeLayer(target, () => false, signal, marks)
  await rm(squashed, { recursive: true, force: true })
  await rename(whole, join(folder, hexOf(layer.digest)))
  await rm(file)
  return layer
}

interface Still {
  readonly files: FilesInUse
  readonly file: string
  readonly order: SaveOrder
  readonly log: Pick<StageJob['log'], 'remark'>
  /** Rejects when the project may not have so much. */
  readonly tellSize: (size: SaveSize) => Promise<void>
  readonly signal: AbortSignal
}

async function writeStill({ files, file, order, log, ...rest }: Still): Promise<WrittenLayer> {
  const { tellSize, signal } = rest
  const { paths, image: lower } = files
  const stoppable = AbortSignal.any([signal, files.signal])
  const mounts = (await readMountPoints(paths)).map(({ path }) => path)
  const survey = async () => surveyUpper(paths.upper, { ...order, mounts }, stoppable)
  const { bytes, isLeftOut } = await survey()
  await requireRoom(dirname(file), bytes)
  await tellSize({
    least_bytes: await leastPacked(paths.upper, isLeftOut, bytes),
    hidden_bytes: await hiddenBytes({ lower, upper: paths.upper }, isLeftOut, stoppable),
  })
  const held = await files.stand()
  try {
    const seen = await survey()
    const layer = await writeLayer({ upper: paths.upper, file }, seen.isLeftOut, stoppable)
    const pausedMs = await held.release()
    tell(log, seen, layer, pausedMs)
    return layer
  } finally {
    await held.release().catch(() => undefined)
  }
}

function tell(
  log: Still['log'],
  { files, deleted, secrets, driver }: Surveyed,
  layer: WrittenLayer,
  pausedMs: number,
): void {
  if (pausedMs > 0) {
    log.remark(`the environment stood still for ${(pausedMs / 1000).toFixed(1)} s, and goes on`)
  }
  const sizes = `${showBytes(layer.tarBytes)}, ${showBytes(layer.bytes)} compressed`
  log.remark(`saved ${files} files and ${deleted} deletions: ${sizes}`)
  for (const { path, what } of secrets) log.remark(`left out ${path}: ${what}`)
  for (const { path, what } of driver) log.remark(`left out ${path}: ${what}`)
  for (const path of layer.passedOver) log.remark(`left out ${path}: a socket or a device`)
}

async function writeImage(folder: string, order: SaveOrder, layer: WrittenLayer): Promise<Digest> {
  const image = composeImage(order, layer)
  const config = digestOf(image.config)
  const manifest = image.manifest(config)
  const digest = digestOf(manifest)
  await writeFile(join(folder, hexOf(config)), image.config)
  await writeFile(join(folder, hexOf(digest)), manifest)
  return digest
}

function digestOf(bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`)
}

function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length)
}

function explain(error: unknown): unknown {
  if (error instanceof StartGone) {
    return new Unsaveable('environment_changed', error.message, { cause: error })
  }
  if (error instanceof NotHeld) {
    return new Unsaveable('environment_unsaveable', error.message, { cause: error })
  }
  return error
}
