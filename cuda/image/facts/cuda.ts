import type { CudaLibrary, ImageFacts } from '#contract/image-facts.ts'
import { compareVersions, minorOf } from '../../tables/version.ts'
import type { Overlay } from '../overlay.ts'
import { resolvePath } from '../search-path.ts'
import type { Distribution } from './distributions.ts'

/** With three numbers or more: `libcudart.so.11.0` is the name that all of 11 go by, and in wheels a file. */
const libraryFile = /(^|\/)lib(cudart|cublas|cudnn|nccl)\.so\.(\d+\.\d+\.[\d.]+)$/
const libraryWheel = /^nvidia_(cuda_runtime|cublas|cudnn|nccl)(_cu\d+)?$/

/** CUDA libraries with their version: in the file's name, or that of the wheel which brings them. */
export function listLibraries(
  files: Overlay['files'],
  distributions: readonly Distribution[],
): readonly CudaLibrary[] {
  const named = [...files].flatMap(([path, { target }]) => {
    const [, , name, version] = libraryFile.exec(path) ?? []
    if (target !== undefined || !isLibrary(name) || version === undefined) return []
    return [{ name, version, path, wheel: false }]
  })
  const wheels = distributions.flatMap(({ name, version, path }) => {
    const library = libraryWheel.exec(name)?.[1]?.replace('cuda_runtime', 'cudart')
    return isLibrary(library) ? [{ name: library, version, path, wheel: true }] : []
  })
  return [...named, ...wheels]
}

function isLibrary(name: string | undefined): name is CudaLibrary['name'] {
  return name === 'cudart' || name === 'cublas' || name === 'cudnn' || name === 'nccl'
}

/** The toolkit: its own version file, else what the base image declares, else its runtime library. */
export function findToolkit(
  files: Overlay['files'],
  env: ImageFacts['env'],
  libraries: readonly CudaLibrary[],
): ImageFacts['toolkit'] {
  const nvcc = [...files.keys()].some((path) => /(^|\/)bin\/nvcc$/.test(path))
  const file = versionFiles(files)[0]
  if (file !== undefined) return { ...file, nvcc }
  const declared = /^\d+\.\d+/.exec(env['CUDA_VERSION'] ?? '')?.[0]
  if (declared !== undefined) return { version: declared, source: 'CUDA_VERSION', nvcc }
  const runtime = libraries.find(({ name, wheel }) => name === 'cudart' && !wheel)
  return runtime && { version: minorOf(runtime.version), source: runtime.path, nvcc }
}

/** The one that /usr/local/cuda points at first, then from the newest. */
function versionFiles(files: Overlay['files']) {
  const current = `${resolvePath(files, 'usr/local/cuda') ?? ''}/`
  const found = [...files].flatMap(([path, { content }]) => {
    if (!/^usr\/local\/cuda[^/]*\/version\.(json|txt)$/.test(path) || content?.kind !== 'text')
      return []
    const version = /"cuda"\s*:\s*\{[^}]*"version"\s*:\s*"(\d+\.\d+)|CUDA Version (\d+\.\d+)/.exec(
      content.text,
    )
    const [, json, plain] = version ?? []
    const known = json ?? plain
    return known === undefined ? [] : [{ version: known, source: path }]
  })
  const isCurrent = (path: string) => Number(path.startsWith(current))
  return found.toSorted(
    (a, b) => isCurrent(b.source) - isCurrent(a.source) || compareVersions(b.version, a.version),
  )
}
