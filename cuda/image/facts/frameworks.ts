import type { Framework } from '#contract/image-facts.ts'
import { jitFrameworks } from '../../tables/jit-frameworks.ts'
import { isAtLeast, minorOf } from '../../tables/version.ts'
import type { Overlay } from '../overlay.ts'
import { splitTargets } from '../readers/torch.ts'
import type { Distribution } from './distributions.ts'
import { largestCode } from './code.ts'

/** Frameworks by what their own files say of the build. */
export function listFrameworks(
  files: Overlay['files'],
  distributions: readonly Distribution[],
): readonly Framework[] {
  return [
    ...[...files.keys()].flatMap((path) => [
      ...readTorch(files, path),
      ...readTensorflow(files, distributions, path),
    ]),
    ...distributions.flatMap((each) => readJit(files, distributions, each)),
  ]
}

function readTorch(files: Overlay['files'], path: string): readonly Framework[] {
  const root = /^(.*\/)?torch\/version\.py$/.exec(path) && path.slice(0, -'version.py'.length)
  const text = textOf(files, path)
  const version = /^__version__ = ['"]([^'"+]+)/m.exec(text)?.[1]
  if (root === null || version === undefined) return []
  const cuda = /^cuda\b[^=\n]*= ['"]([\d.]+)['"]/m.exec(text)?.[1]
  if (cuda === undefined) return [{ name: 'torch', version }]
  const content = files.get(`${root}lib/libtorch_python.so`)?.content
  const code = content?.kind === 'code' ? content.code : largestCode(files, root)
  return [{ name: 'torch', version, cuda: minorOf(cuda), ...(code && { code }) }]
}

function readTensorflow(
  files: Overlay['files'],
  distributions: readonly Distribution[],
  path: string,
): readonly Framework[] {
  const match = /^(.*?)\/?tensorflow\/python\/platform\/build_info\.py$/.exec(path)
  const text = textOf(files, path)
  if (match === null || text === '') return []
  const site = match[1] ?? ''
  const found = distributions.find(
    (each) => each.site === site && /^(tensorflow|tf_nightly)(_(cpu|gpu|intel))?$/.test(each.name),
  )
  const about = { name: 'tensorflow', version: found?.version ?? 'unknown' } as const
  const cuda = valueOf(text, 'cuda_version')
  if (cuda === undefined || !/'is_cuda_build', True/.test(text)) return [about]
  const cudnn = valueOf(text, 'cudnn_version')
  const listed = /'cuda_compute_capabilities', \[([^\]]*)\]/.exec(text)?.[1] ?? ''
  const code = splitTargets(Array.from(listed.matchAll(/'(\w+)'/g), ([, name = '']) => name))
  return [{ ...about, cuda: minorOf(cuda), ...(cudnn && { cudnn }), code }]
}

function valueOf(text: string, name: string): string | undefined {
  return new RegExp(`'${name}', '([\\d.]+)'`).exec(text)?.[1]
}

function readJit(
  files: Overlay['files'],
  distributions: readonly Distribution[],
  { name, version, site }: Distribution,
): readonly Framework[] {
  const row = jitFrameworks.find((each) => each.distribution === name)
  if (row?.framework === 'jax') {
    const jax = distributions.find((each) => each.name === 'jax' && each.site === site)
    return [{ name: 'jax', version: jax?.version ?? version, cuda: String(row.cudaMajor) }]
  }
  if (row?.framework === 'onnxruntime') {
    const code = largestCode(files, `${site}/onnxruntime/`)
    const cuda = isAtLeast(version, '1.19') ? '12' : '11'
    return [{ name: 'onnxruntime', version, cuda, ...(code && { code }) }]
  }
  if (row !== undefined) return [{ name: row.framework, version, cuda: String(row.cudaMajor) }]
  // Before the plugins, jaxlib itself was built for CUDA and said so in its version.
  const family = name === 'jaxlib' ? /\+cuda(\d\d)/.exec(version)?.[1] : undefined
  return family === undefined
    ? []
    : [{ name: 'jax', version: version.replace(/\+.*/, ''), cuda: family }]
}

function textOf(files: Overlay['files'], path: string): string {
  const content = files.get(path)?.content
  return content?.kind === 'text' ? content.text : ''
}
