import type { DeviceCode, ImageFacts } from '#contract/image-facts.ts'
import type { Overlay } from '../overlay.ts'

/** Python packages whose code is told with their framework. */
const frameworkFolders = /\/(torch|tensorflow|onnxruntime)$/
const vendorFolder = /(^|\/)site-packages\/nvidia\/|^usr\/local\/cuda[^/]*\//
const vendorLibrary =
  /(^|\/)lib(cu(blas|blasLt|dnn|fft|rand|solver|sparse|tensor)\w*|nccl|npp\w+|nv\w+)\.so[\d.]*$/

/** Files with GPU code. What one Python package brings is one entry, with the code of its largest file. */
export function listCode(files: Overlay['files']): ImageFacts['code'] {
  const groups = new Map<
    string,
    { path: string; bytes: number; largest: number; code: DeviceCode }
  >()
  for (const [file, { bytes, content }] of files) {
    if (content?.kind !== 'code') continue
    const path = packageOf(file)
    const group = groups.get(path)
    const isLargest = bytes > (group?.largest ?? -1)
    groups.set(path, {
      path,
      bytes: bytes + (group?.bytes ?? 0),
      largest: Math.max(bytes, group?.largest ?? 0),
      code: isLargest || group === undefined ? content.code : group.code,
    })
  }
  return [...groups.values()]
    .filter(({ path }) => !frameworkFolders.test(path))
    .map(({ path, bytes, code }) => ({ path, bytes, vendor: isVendor(path), code }))
}

/** The code of the largest file under a folder. */
export function largestCode(files: Overlay['files'], folder: string): DeviceCode | undefined {
  let largest: { readonly bytes: number; readonly code: DeviceCode } | undefined
  for (const [path, { bytes, content }] of files) {
    if (content?.kind !== 'code' || !path.startsWith(folder)) continue
    if (largest === undefined || bytes > largest.bytes) largest = { bytes, code: content.code }
  }
  return largest?.code
}

/** The folder of the Python package that a file belongs to, or the file itself. */
function packageOf(file: string): string {
  const match = /^(.*\/(?:site|dist)-packages\/(?:nvidia\/)?[^/]+)\//.exec(file)
  return match?.[1] ?? file
}

function isVendor(path: string): boolean {
  return vendorFolder.test(path) || vendorLibrary.test(path)
}
