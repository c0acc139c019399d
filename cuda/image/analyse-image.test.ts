import { gzipSync, zstdCompressSync } from 'node:zlib'
import { packTar, type TarEntry } from 'modern-tar'
import { describe, expect, it } from 'vitest'
import { imageFacts } from '#contract/wire/image-facts.ts'
import { analyseImage } from './analyse-image.ts'
import { kernelFatbin } from './fixtures/kernel-fatbin.ts'
import type { Layer } from './layer.ts'

type Files = Readonly<Record<string, string | Buffer | { readonly link: string }>>

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function layer(
  files: Files,
  type = 'application/vnd.oci.image.layer.v1.tar',
): Promise<Layer> {
  const tar = await packTar(Object.entries(files).map(([name, file]) => entry(name, file)))
  const packed = type.endsWith('zstd')
    ? zstdCompressSync(tar)
    : type.endsWith('gzip')
      ? gzipSync(tar)
      : tar
  return { mediaType: type, blob: once(packed) }
}

function entry(name: string, file: Files[string]): TarEntry {
  if (typeof file === 'object' && 'link' in file)
    return { header: { name, size: 0, type: 'symlink', linkname: file.link } }
  if (name.endsWith('/')) return { header: { name, size: 0, type: 'directory' } }
  const body = new Uint8Array(Buffer.from(file))
  return { header: { name, size: body.length, type: 'file', mode: 0o755 }, body }
}

async function analyse(layers: readonly Files[], env: readonly string[] = []) {
  const config = { os: 'linux', architecture: 'amd64', env }
  const { facts } = await analyseImage(
    config,
    await Promise.all(layers.map((files) => layer(files))),
  )
  return imageFacts.parse(facts)
}

const site = 'opt/venv/lib/python3.10/site-packages'
const torch = {
  [`${site}/torch/version.py`]: "__version__ = '2.0.1+cu118'\ncuda: Optional[str] = '11.8'\n",
  [`${site}/torch/lib/libtorch_python.so`]: Buffer.from('\0sm_70 sm_90\0'),
}
const program = Buffer.concat([Buffer.from('7f454c46', 'hex'), Buffer.alloc(70_000), kernelFatbin])

describe('layers', () => {
  it.each([
    ['is deleted', { [`${site}/torch/.wh.version.py`]: '' }],
    ['has its folder deleted', { [`${site}/.wh.torch`]: '' }],
    ['has a folder above emptied', { 'opt/venv/.wh..wh..opq': '' }],
    ['has everything emptied', { '.wh..wh..opq': '' }],
    ['has its folder replaced by a file', { [`${site}/torch`]: 'x' }],
    ['has its folder replaced by a link', { 'opt/venv': { link: '/usr' } }],
    ['is replaced by a link', { [`${site}/torch/version.py`]: { link: 'x' } }],
    ['is replaced by a folder', { [`${site}/torch/version.py/`]: '' }],
  ])('forget a file that %s', async (_how, above) => {
    expect((await analyse([torch])).frameworks).toHaveLength(1)
    expect((await analyse([torch, above])).frameworks).toEqual([])
  })

  it('take the newer of two files, and what an emptied folder gets in the same layer', async () => {
    const newer = { [`${site}/torch/version.py`]: "__version__ = '2.1.0'\ncuda = '12.1'\n" }
    const emptied = { ...newer, [`${site}/torch/.wh..wh..opq`]: '' }
    expect((await analyse([torch, newer])).frameworks).toEqual([
      { name: 'torch', version: '2.1.0', cuda: '12.1', code: { sm: ['70', '90'], ptx: [] } },
    ])
    expect((await analyse([torch, emptied])).frameworks).toEqual([
      { name: 'torch', version: '2.1.0', cuda: '12.1' },
    ])
    expect((await analyse([torch, { [`${site}/.wh.torch`]: '', ...newer }])).frameworks).toEqual([
      { name: 'torch', version: '2.1.0', cuda: '12.1' },
    ])
  })

  it('keep the same file under a second name', async () => {
    const tar = await packTar([
      entry('app/kernels.so', program),
      { header: { name: 'app/again.so', size: 0, type: 'link', linkname: 'app/kernels.so' } },
    ])
    const blob = once(tar)
    const config = { os: 'linux', architecture: 'amd64', env: [] }
    const { facts } = await analyseImage(config, [{ mediaType: 'x.tar', blob }])
    expect(facts.code.map(({ path }) => path)).toEqual(['app/kernels.so', 'app/again.so'])
  })

  it('are read in the first format of tar as well', async () => {
    const tar = Buffer.from(await packTar([entry('app/kernels.so', program)]))
    tar.fill(0, 257, 512)
    const sum = tar.subarray(0, 512).reduce((all, byte) => all + byte, 0)
    const own = tar.subarray(148, 156).reduce((all, byte) => all + byte, 0)
    tar.write((sum - own + 8 * 32).toString(8).padStart(6, '0'), 148)
    const config = { os: 'linux', architecture: 'amd64', env: [] }
    const { facts } = await analyseImage(config, [{ mediaType: 'x.tar', blob: once(tar) }])
    expect(facts.code.map(({ path }) => path)).toEqual(['app/kernels.so'])
  })

  it('keep no more than fits, and say so', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 2_001 }, (_, i) => [`v${i}/torch/version.py`, 'x']),
    )
    const facts = await analyse([many, torch])
    expect(facts.truncated).toBe(true)
    expect(facts.frameworks).toEqual([])
    expect((await analyse([torch])).truncated).toBe(false)
    const longPath = { [`${'d/'.repeat(2_100)}libcuda.so.1`]: 'x' }
    expect((await analyse([longPath])).truncated).toBe(true)
  })

  it.each([
    'application/vnd.oci.image.layer.v1.tar',
    'application/vnd.oci.image.layer.v1.tar+gzip',
    'application/vnd.oci.image.layer.v1.tar+zstd',
    'application/vnd.docker.image.rootfs.diff.tar.gzip',
  ])('may be packed as %s', async (type) => {
    const config = { os: 'linux', architecture: 'arm64', env: [] }
    const { facts } = await analyseImage(config, [await layer({ 'a/b': 'c', ...torch }, type)])
    expect(facts.frameworks).toHaveLength(1)
  })

  it.each([
    ['application/vnd.oci.image.layer.v1.tar+lz4', Buffer.alloc(0)],
    ['application/vnd.oci.image.layer.v1.tar+gzip', Buffer.from('nonsense')],
    ['application/vnd.oci.image.layer.v1.tar+zstd', Buffer.from('nonsense')],
    ['application/vnd.oci.image.layer.v1.tar', Buffer.alloc(700, 1)],
  ])('refuse a blob that is not %s', async (mediaType, blob) => {
    const config = { os: 'linux', architecture: 'amd64', env: [] }
    const facts = analyseImage(config, [{ mediaType, blob: once(blob) }])
    await expect(facts).rejects.toThrow('layer')
    await expect(facts).rejects.toHaveProperty('name', 'AnalysisError')
  })
})

describe('facts', () => {
  it('tell the toolkit, its libraries, the C library and Python', async () => {
    const lib = 'usr/local/cuda-11.8/targets/x86_64-linux/lib'
    const facts = await analyse([
      {
        'usr/local/cuda': { link: 'cuda-11.8' },
        'usr/local/cuda-11.8/version.json':
          '{"cuda":{"name":"CUDA SDK","version":"11.8.20220929"}}',
        'usr/local/cuda-12.1/version.json': '{"cuda":{"name":"CUDA SDK","version":"12.1.1"}}',
        'usr/local/cuda-11.8/bin/nvcc': 'x',
        [`${lib}/libcudart.so.11.8.89`]: 'x',
        [`${lib}/libcudart.so.11.0`]: { link: 'libcudart.so.11.8.89' },
        [`${site}/nvidia/cuda_runtime/lib/libcudart.so.11.0`]: 'x',
        'usr/lib/x86_64-linux-gnu/libcudnn.so.8.9.6': 'x',
        'usr/lib/x86_64-linux-gnu/libc-2.31.so': 'x',
        'lib64/ld-linux-x86-64.so.2': { link: '/lib/x86_64-linux-gnu/ld-2.31.so' },
        'usr/bin/python3.8': 'x',
        [`${site}/nvidia_cudnn_cu12-9.1.0.70.dist-info/METADATA`]: 'x',
      },
    ])
    expect(facts.toolkit).toEqual({
      version: '11.8',
      source: 'usr/local/cuda-11.8/version.json',
      nvcc: true,
    })
    expect(facts.libraries.map(({ name, version, wheel }) => [name, version, wheel])).toEqual([
      ['cudart', '11.8.89', false],
      ['cudnn', '8.9.6', false],
      ['cudnn', '9.1.0.70', true],
    ])
    expect(facts.libc).toEqual({ kind: 'glibc', version: '2.31' })
    expect(facts.pythons).toEqual(['3.8'])
  })

  it.each([
    [{ 'usr/local/cuda/version.txt': 'CUDA Version 10.2.89\n' }, [], '10.2'],
    [{}, ['CUDA_VERSION=11.8.0'], '11.8'],
    [{ 'opt/conda/lib/libcudart.so.12.1.105': 'x' }, [], '12.1'],
    [{}, [], undefined],
  ])('find the toolkit in %j and %j', async (files, env, version) => {
    expect((await analyse([{ a: 'b', ...files }], env)).toolkit?.version).toBe(version)
  })

  it('tell frameworks by their own files', async () => {
    const buildInfo = `build_info = collections.OrderedDict([('cpu_compiler', '/usr/bin/gcc'),
      ('cuda_compute_capabilities', ['sm_60', 'sm_70', 'compute_90']), ('cuda_version', '12.5.1'),
      ('cudnn_version', '9'), ('is_cuda_build', True), ('is_rocm_build', False)])`
    const facts = await analyse([
      {
        [`${site}/tensorflow/python/platform/build_info.py`]: buildInfo,
        [`${site}/tensorflow-2.18.1.dist-info/METADATA`]: 'x',
        [`${site}/jax-0.6.2.dist-info/METADATA`]: 'x',
        [`${site}/jax_cuda12_plugin-0.6.2.dist-info/METADATA`]: 'x',
        [`${site}/cupy_cuda12x-13.6.0.dist-info/METADATA`]: 'x',
        [`${site}/onnxruntime_gpu-1.23.2.dist-info/METADATA`]: 'x',
        [`${site}/onnxruntime/capi/libonnxruntime_providers_cuda.so`]: program,
        'old/jaxlib-0.4.25+cuda11.cudnn86.dist-info/METADATA': 'x',
        'cpu/torch/version.py': "__version__ = '2.0.1+cpu'\ncuda = None\n",
      },
    ])
    expect(facts.frameworks).toEqual([
      {
        name: 'tensorflow',
        version: '2.18.1',
        cuda: '12.5',
        cudnn: '9',
        code: { sm: ['60', '70'], ptx: ['90'] },
      },
      { name: 'torch', version: '2.0.1' },
      { name: 'jax', version: '0.6.2', cuda: '12' },
      { name: 'cupy', version: '13.6.0', cuda: '12' },
      {
        name: 'onnxruntime',
        version: '1.23.2',
        cuda: '12',
        code: { sm: ['75', '90a', '100f'], ptx: ['75', '90a', '100f'], isa: '9.0' },
      },
      { name: 'jax', version: '0.4.25', cuda: '11' },
    ])
    expect(facts.code).toEqual([])
  })

  it('tell code that belongs to no framework, a package once, and whose it is', async () => {
    const facts = await analyse([
      {
        [`${site}/flash_attn/a.so`]: program,
        [`${site}/flash_attn/b.so`]: program,
        [`${site}/nvidia/nccl/lib/libnccl.so.2`]: program,
        'app/train': program,
        'app/plain': Buffer.alloc(80_000),
      },
    ])
    expect(facts.code.map(({ path, bytes, vendor }) => [path, bytes, vendor])).toEqual([
      [`${site}/flash_attn`, 2 * program.length, false],
      [`${site}/nvidia/nccl`, program.length, true],
      ['app/train', program.length, false],
    ])
  })

  it('tell driver files, stubs that are reached, and compatibility libraries', async () => {
    const cuda = 'usr/local/cuda-12.0'
    const files = {
      'usr/local/cuda': { link: '/usr/local/cuda-12.0' },
      [`${cuda}/lib64`]: { link: 'targets/x86_64-linux/lib' },
      [`${cuda}/targets/x86_64-linux/lib/stubs/libcuda.so`]: 'x',
      [`${cuda}/targets/x86_64-linux/lib/stubs/libcuda.so.1`]: { link: 'libcuda.so' },
      [`${cuda}/compat/libcuda.so.525.85.12`]: 'x',
      [`${cuda}/compat/libcuda.so.1`]: { link: 'libcuda.so.525.85.12' },
      'usr/lib/x86_64-linux-gnu/libcuda.so.580.65.06': '',
      'usr/bin/nvidia-smi': '',
    }
    const facts = await analyse([files], ['LD_LIBRARY_PATH=/usr/local/cuda/lib64/stubs:relative'])
    expect(facts.driver_files.map(({ path }) => path)).toEqual([
      'usr/lib/x86_64-linux-gnu/libcuda.so.580.65.06',
      'usr/bin/nvidia-smi',
    ])
    expect(facts.compat).toEqual([
      { path: `${cuda}/compat/libcuda.so.525.85.12`, driver: '525.85.12' },
    ])
    expect(facts.stubs.map(({ reached }) => reached)).toEqual([undefined, 'LD_LIBRARY_PATH'])
    const configured = await analyse([
      { ...files, 'etc/ld.so.conf.d/x.conf': '# stubs\n/usr/local/cuda/lib64/stubs\n' },
    ])
    expect(configured.stubs.map(({ reached }) => reached)).toEqual(['ld.so.conf', 'ld.so.conf'])
    expect((await analyse([files])).stubs.map(({ reached }) => reached)).toEqual([
      undefined,
      undefined,
    ])
  })

  it('keep no variable that may be a secret', async () => {
    const env = ['NVIDIA_API_KEY=nvapi-1', 'NVIDIA_VISIBLE_DEVICES=all', 'LD_PRELOAD=/x.so', 'PATH']
    const facts = await analyse([{ 'etc/ld.so.preload': '/y.so\n' }], env)
    expect(facts.env).toEqual({ NVIDIA_VISIBLE_DEVICES: 'all' })
    expect(facts.steering).toEqual(['LD_PRELOAD', '/etc/ld.so.preload'])
  })

  it('tell musl, and links that lead in a circle', async () => {
    const files = { 'lib/ld-musl-x86_64.so.1': 'x', a: { link: 'b' }, b: { link: 'a' } }
    expect((await analyse([files], ['LD_LIBRARY_PATH=/a/b'])).libc).toEqual({ kind: 'musl' })
    expect((await analyse([{ a: 'b' }])).libc).toEqual({ kind: 'none' })
  })
})
