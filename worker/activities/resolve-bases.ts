import { ApplicationFailure } from '@temporalio/common'
import { readBases } from '../../dockerfile/bases.ts'
import { composeRecipe } from '../../dockerfile/recipe.ts'
import { storeBases } from '../../records/build-sources.ts'
import type { KnownNode } from '../../records/known-nodes.ts'
import { buildPlatformsOf } from '../../records/nodes.ts'
import { type PinDeps, pinImage, type Reference } from './pin-image.ts'
import type { Build } from './require-build.ts'
import { untilAlive } from './until-alive.ts'

/**
 * Pins every image that the Dockerfile names. Which those are may depend on the node, which is not chosen yet: there must
 * be one kind of node for which all of them exist, and whatever others would read is pinned where it exists.
 */
export function createResolveBases(
  deps: PinDeps,
): (build: Build, nodes: readonly Pick<KnownNode, 'platforms'>[]) => Promise<void> {
  return async (build, nodes) => untilAlive(async () => resolve(deps, build, nodes))
}

/** @returns bases that are being deleted. */
async function resolve(
  deps: PinDeps,
  build: Build,
  nodes: readonly Pick<KnownNode, 'platforms'>[],
): Promise<readonly Reference[]> {
  const { dockerfile, addedLines, buildArgs: args } = composeRecipe(build)
  const { platform, target } = build.options
  const given = Object.keys(build.sources.named)
  const named = nodes.map(({ platforms }) => platforms)
  const kinds = buildPlatformsOf(named, platform).map((platforms) =>
    readBases(dockerfile, { args, target, platforms }, given),
  )
  const lines = new Map(kinds.flat().map(({ reference, line }) => [reference, line]))
  const pins = await Promise.all(
    Array.from(lines, async ([reference, line]) =>
      tryPin(deps, build.project_id, { reference, line: Math.max(1, line - addedLines) }),
    ),
  )
  const failures = new Map(pins.map(({ reference, failure }) => [reference, failure]))
  const missing = kinds.map((bases) =>
    bases.find(({ reference, needed }) => needed && failures.get(reference)),
  )
  const [first] = missing
  if (first !== undefined && !missing.includes(undefined)) throw failures.get(first.reference)
  const found = pins.flatMap(({ pinned, reference, line }) =>
    pinned === undefined ? [] : [{ pinned, image: { reference, line } }],
  )
  const gone = await storeBases(
    deps.db,
    build.id,
    found.map(({ pinned, image }) => ({ reference: image.reference, pinned })),
  )
  return found.filter(({ pinned }) => gone.includes(pinned)).map(({ image }) => image)
}

/** A failure of the table is told back: it may be that nothing needs the image. */
async function tryPin(deps: PinDeps, projectId: number, image: Required<Reference>) {
  try {
    return { ...image, failure: undefined, pinned: await pinImage(deps, projectId, image) }
  } catch (failure) {
    if (failure instanceof ApplicationFailure) return { ...image, pinned: undefined, failure }
    throw failure
  }
}
