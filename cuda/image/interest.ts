import { readCompat } from './readers/compat.ts'
import { readFatbin } from './readers/fatbin.ts'
import { readGlibc } from './readers/glibc.ts'
import { readApk, readDpkg } from './readers/package-list.ts'
import type { Reader } from './readers/reader.ts'
import { readText } from './readers/text.ts'
import { readTorch } from './readers/torch.ts'

/** Smaller files hold no kernels that a person wrote. */
const minCodeBytes = 64 * 1024

/** Files whose contents matter, and those that matter by being there; the first that fits counts. */
const interests: readonly (readonly [RegExp, (() => Reader) | undefined])[] = [
  [/^usr\/local\/cuda[^/]*\/version\.(json|txt)$/, readText],
  [/^etc\/ld\.so\.(conf|preload|conf\.d\/[^/]+\.conf)$/, readText],
  [/(^|\/)torch\/version\.py$/, readText],
  [/(^|\/)tensorflow\/python\/platform\/build_info\.py$/, readText],
  [/\.dist-info\/METADATA$/, undefined],
  [/\.egg-info(\/PKG-INFO)?$/, undefined],
  [/(^|\/)conda-meta\/[^/]+\.json$/, undefined],
  [/^var\/lib\/dpkg\/status(\.d\/[^/.]+)?$/, readDpkg],
  [/^(usr\/)?lib\/apk\/db\/installed$/, readApk],
  [/^(var\/lib\/rpm|usr\/lib\/sysimage\/rpm)\/(rpmdb\.sqlite|Packages(\.db)?)$/, undefined],
  [/^(etc|usr\/lib)\/os-release$/, readText],
  [/(^|\/)torch\/lib\/libtorch_python\.so$/, readTorch],
  [/\/compat\/libcuda\.so\.\d+\.[\d.]+$/, readCompat],
  [/(^|\/)(libcuda\.so|libnvidia-ml\.so)[\d.]*$/, undefined],
  [/(^|\/)bin\/(nvidia-smi|nvcc|python[23]\.\d+)$/, undefined],
  [/(^|\/)(ld-musl-\w+\.so\.1|ld-linux-[\w-]+\.so\.\d|libc-\d\.\d+\.so)$/, undefined],
  [/(^|\/)libc\.so\.6$/, readGlibc],
]

/** Libraries of CUDA whose name says their version; they are read for GPU code as well. */
const versioned = /(^|\/)lib(cudart|cublas|cudnn|nccl)\.so\.\d[\d.]*$/

export interface Interest {
  /** Absent for a file that matters by being there. */
  readonly read?: () => Reader
  /** It is kept even when there is nothing of interest in it. */
  readonly always: boolean
}

/** What is wanted of a file, if anything. `mode`: its permissions. */
export function interestIn(path: string, size: number, mode: number): Interest | undefined {
  const known = interests.find(([pattern]) => pattern.test(path))
  if (known !== undefined) return { always: true, ...(known[1] && { read: known[1] }) }
  const always = versioned.test(path)
  const isLibrary = /\.so[\d.]*$/.test(path)
  const isProgram = (mode & 0o111) !== 0 && !/\.\w{1,4}$/.test(path)
  if (size >= minCodeBytes && (isLibrary || isProgram)) return { read: readFatbin, always }
  return always ? { always } : undefined
}
