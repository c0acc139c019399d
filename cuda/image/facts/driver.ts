import type { ImageFacts } from '#contract/image-facts.ts'
import type { Overlay } from '../overlay.ts'
import { searchPath } from '../search-path.ts'

const compatLibrary = /\/compat\/libcuda\.so\.(\d+\.[\d.]+)$/
const stub = /\/stubs\/libcuda\.so[\d.]*$/
const driverFile = /(^|\/)(libcuda\.so[\d.]*|libnvidia-ml\.so[\d.]*|bin\/nvidia-smi)$/

/** Forward compatibility libraries, which are files; the links beside them say nothing more. */
export function listCompat(files: Overlay['files']): ImageFacts['compat'] {
  return [...files].flatMap(([path, { target, content }]) => {
    const driver = compatLibrary.exec(path)?.[1]
    if (driver === undefined || target !== undefined) return []
    if (content?.kind !== 'compat') return [{ path, driver }]
    return [{ path, driver, cuda: content.cuda, branches: [...content.branches] }]
  })
}

/**
 * Stand-ins that programs are linked against. Programs load `libcuda.so.1`: on LD_LIBRARY_PATH a stub hides the driver
 * when it has that name, and in ld.so.conf always, because ldconfig makes the name from the one inside the file.
 */
export function listStubs(files: Overlay['files'], env: ImageFacts['env']): ImageFacts['stubs'] {
  const { variable, configured } = searchPath(files, env['LD_LIBRARY_PATH'] ?? '')
  return [...files.keys()]
    .filter((path) => stub.test(path))
    .map((path) => {
      const folder = path.replace(/\/[^/]*$/, '')
      if (variable.has(folder) && path.endsWith('.so.1'))
        return { path, reached: 'LD_LIBRARY_PATH' }
      return configured.has(folder) ? { path, reached: 'ld.so.conf' } : { path }
    })
}

/** Parts of a driver: they were left by a step that ran with a GPU, or installed, and fit one node at most. */
export function listDriverFiles(files: Overlay['files']): ImageFacts['driver_files'] {
  return [...files]
    .filter(([path]) => driverFile.test(path) && !/\/(stubs|compat)\//.test(path))
    .map(([path, { bytes }]) => ({ path, bytes }))
}
