import type { ImageFacts } from '#contract/image-facts.ts'
import type { ImagePackages } from '#contract/image-packages.ts'
import { listCode } from './facts/code.ts'
import { type ImageConfig, readEnv, readSteering } from './facts/config.ts'
import { findToolkit, listLibraries } from './facts/cuda.ts'
import { listDistributions } from './facts/distributions.ts'
import { listCompat, listDriverFiles, listStubs } from './facts/driver.ts'
import { listFrameworks } from './facts/frameworks.ts'
import { listPackages } from './facts/packages.ts'
import { findLibc, hasPreloadFile, listPythons } from './facts/system.ts'
import { type Layer, readLayer } from './layer.ts'
import { applyLayer, emptyOverlay, type Overlay } from './overlay.ts'

/** Goes up when the same image would give other facts, so that stored ones are read again. */
export const analysisVersion = 1

/** What the layers of an image hold. */
export interface LayerContents {
  readonly facts: ImageFacts
  readonly packages: ImagePackages
}

/**
 * Reads what the files of an image say about CUDA and which packages they are from, without running anything of it.
 * `layers` come from the lowest to the highest and are read once each, one after the other; no file is ever held as a
 * whole. They lie on `below`, and `onLayer` is told what each makes of it.
 *
 * @throws AnalysisError when a layer cannot be read to its end.
 */
export async function analyseImage(
  config: ImageConfig,
  layers: AsyncIterable<Layer> | Iterable<Layer>,
  below: Overlay = emptyOverlay,
  onLayer?: (overlay: Overlay) => void,
): Promise<LayerContents> {
  let overlay = below
  for await (const layer of layers) {
    overlay = await applyLayer(overlay, readLayer(layer))
    onLayer?.(overlay)
  }
  return { facts: collectFacts(config, overlay), packages: listPackages(overlay) }
}

function collectFacts(config: ImageConfig, { files, truncated }: Overlay): ImageFacts {
  const env = readEnv(config)
  const distributions = listDistributions(files)
  const libraries = listLibraries(files, distributions)
  const toolkit = findToolkit(files, env, libraries)
  const cut = createCut(truncated)
  const facts = {
    platform: { os: config.os, arch: config.architecture },
    libc: findLibc(files),
    ...(toolkit && { toolkit }),
    libraries: cut(libraries, 64),
    frameworks: cut(listFrameworks(files, distributions), 64),
    code: cut(listCode(files), 256),
    compat: cut(listCompat(files), 16),
    stubs: cut(listStubs(files, env), 64),
    driver_files: cut(listDriverFiles(files), 64),
    env,
    steering: [...readSteering(config), ...(hasPreloadFile(files) ? ['/etc/ld.so.preload'] : [])],
    pythons: cut(listPythons(files), 32),
  }
  return { ...facts, truncated: cut.truncated }
}

/** Keeps lists as short as their schema says, and remembers whether one was longer. */
function createCut(truncated: boolean) {
  const cut = <T>(list: readonly T[], limit: number): T[] => {
    cut.truncated ||= list.length > limit
    return list.slice(0, limit)
  }
  cut.truncated = truncated
  return cut
}
