import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, stat, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createGzip, createZstdCompress } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { imageFacts } from '#contract/wire/image-facts.ts'
import { tensorflowBuilds } from '../../cuda/tables/tensorflow.ts'
import { torchBuilds } from '../../cuda/tables/torch.ts'
import { judge } from '../../cuda/verdict/judge.ts'
import { classifyNode } from '../../cuda/verdict/node-class.ts'
import { readSettings } from '../../embedded/config.ts'
import { packLayer } from './pack-layer.ts'
import { findWheel } from './pypi.ts'
import { fetchMembers } from './wheel.ts'

const run = promisify(execFile)
const index = new URL('https://pypi.org/simple/')
const neededBytes = 15 * 1024 ** 3
const site = 'usr/lib/python3/site-packages'
const plainTar = 'application/vnd.oci.image.layer.v1.tar'

const cache = join(readSettings().resolve.cacheDir, 'wheels')
const missing = await whatIsMissing()
if (missing !== undefined)
  process.stderr.write(`\nNOT MEASURED: the analysis of real wheels, ${missing}\n\n`)

async function whatIsMissing(): Promise<string | undefined> {
  await mkdir(cache, { recursive: true })
  const { bavail, bsize } = await statfs(cache)
  if (bavail * bsize < neededBytes) return `because less than 15 GiB are free in ${cache}`
  const answer = await fetch(new URL('pip/', index), { signal: AbortSignal.timeout(10_000) }).catch(
    () => undefined,
  )
  await answer?.body?.cancel()
  return answer?.ok ? undefined : 'because PyPI does not answer'
}

const report = z.object({
  facts: imageFacts,
  wallMs: z.number(),
  cpuMs: z.number(),
  emptyMb: z.number(),
  peakMb: z.number(),
})

let folder = ''
let fetched = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-wheels-'))
})
afterAll(async () => {
  say(`fetched ${Math.round(fetched / 1e6)} MB`)
  await rm(folder, { recursive: true })
})

function say(line: string): void {
  process.stdout.write(`  wheels: ${line}\n`)
}

async function fetchWheel(project: string, wheel: RegExp, members: RegExp) {
  const file = await findWheel(index, project, wheel)
  const { paths, bytes } = await fetchMembers(file, members, cache)
  fetched += bytes
  return new Map([...paths].map(([name, path]) => [`${site}/${name}`, path]))
}

async function analyse(name: string, mediaType: string, layer: string) {
  const program = new URL('analyse-layer.ts', import.meta.url).pathname
  const { stdout } = await run(process.execPath, [program, mediaType, layer])
  const { facts, wallMs, cpuMs, emptyMb, peakMb } = report.parse(JSON.parse(stdout))
  const { size } = await stat(layer)
  say(
    `${name}: ${Math.round(size / 1e6)} MB in ${Math.round(wallMs)} ms (processor ${Math.round(cpuMs)} ms), ` +
      `peak ${Math.round(peakMb)} MB, of which an empty process is ${Math.round(emptyMb)}`,
  )
  return facts
}

async function factsOf(project: string, wheel: RegExp, members: RegExp) {
  const layer = join(folder, `${project}.tar`)
  await packLayer(await fetchWheel(project, wheel, members), layer)
  return analyse(`${project} ${wheel.source}`, plainTar, layer)
}

describe.skipIf(missing !== undefined)('the facts of wheels from PyPI', () => {
  it.each(['2.0.1', '2.1.2', '2.6.0', '2.7.1', '2.9.1', '2.15.0'])(
    'are those of the table for torch %s',
    async (version) => {
      const wheel = new RegExp(`^torch-${version}-cp31[02]-cp31[02]-manylinux.*x86_64`)
      const members = /^torch\/(version\.py|lib\/libtorch_python\.so)$|dist-info\/METADATA$/
      const { frameworks } = await factsOf('torch', wheel, members)
      const row = torchBuilds.find((build) => build.version === version && build.pypi)
      const code = { sm: row?.sm, ptx: row?.ptx ?? [] }
      expect(frameworks).toEqual([{ name: 'torch', version, cuda: row?.cuda, code }])
    },
  )

  it('show that torch 2.0.1 of PyPI has no code for an H100', async () => {
    const wheel = /^torch-2\.0\.1-cp310-cp310-manylinux1_x86_64/
    const facts = await factsOf('torch', wheel, /^torch\/(version\.py|lib\/libtorch_python\.so)$/)
    const card = { name: 'NVIDIA H100 80GB HBM3', driver: '580.95.05', memoryBytes: 80e9 }
    const node = classifyNode(card, 'amd64')
    expect(facts.frameworks[0]?.cuda).toBe('11.7')
    expect(node && judge({ ...facts, libc: { kind: 'glibc' } }, node)).toMatchObject({
      verdict: 'will_not_run',
      reasons: [{ code: 'ARCH_NOT_IN_FRAMEWORK' }, { code: 'ARCH_NEWER_THAN_TOOLKIT' }],
    })
  })

  it.each(['2.12.1', '2.20.0'])('are those of the table for TensorFlow %s', async (version) => {
    const wheel = new RegExp(`^tensorflow-${version}-cp310-cp310-manylinux.*x86_64`)
    const members = /platform\/build_info\.py$|dist-info\/METADATA$/
    const { frameworks } = await factsOf('tensorflow', wheel, members)
    const row = tensorflowBuilds.find((build) => build.version === version)
    expect(frameworks).toMatchObject([
      { name: 'tensorflow', version, cuda: row?.cuda, code: { sm: row?.sm, ptx: row?.ptx } },
    ])
    expect(row?.cudnn.split('.')[0]).toBe(frameworks[0]?.cudnn)
  })

  it('tell the family of jax and cupy, and that their own kernels fit', async () => {
    const jax = await factsOf('jax-cuda12-plugin', /-0\.6\.2-cp310.*x86_64/, /\.so$|METADATA$/)
    expect(jax.frameworks).toEqual([{ name: 'jax', version: '0.6.2', cuda: '12' }])
    const cupy = await factsOf(
      'cupy-cuda12x',
      /-13\.6\.0-cp310.*manylinux.*x86_64/,
      /random\/_generator_api.*\.so$|METADATA$/,
    )
    expect(cupy.frameworks).toEqual([{ name: 'cupy', version: '13.6.0', cuda: '12' }])
    expect(cupy.code[0]?.code.sm).toContain('90')
  })
})

describe.skipIf(missing !== undefined)('the analysis of 380 MB of libraries', () => {
  let files: ReadonlyMap<string, string>
  beforeAll(async () => {
    const library = /\.so\.\d+$|METADATA$/
    files = new Map([
      ...(await fetchWheel('nvidia-nccl-cu12', /-2\.18\.1-.*x86_64/, library)),
      ...(await fetchWheel('nvidia-curand-cu11', /-10\.3\.0\.86-.*2014_x86_64/, library)),
    ])
  })

  it.each([
    ['plain', plainTar, () => undefined],
    ['zstd', `${plainTar}+zstd`, () => createZstdCompress()],
    ['gzip', `${plainTar}+gzip`, () => createGzip({ level: 1 })],
  ])('finds the same targets, %s', async (name, mediaType, pack) => {
    const layer = join(folder, `libraries.${name}`)
    await packLayer(files, layer, pack())
    const { code, libraries } = await analyse(name, mediaType, layer)
    expect(code.map((each) => each.code)).toEqual([
      { sm: ['50', '60', '61', '70', '80', '90'], ptx: ['90'], isa: '8.1' },
      { sm: ['35', '50', '60', '70', '75', '80', '86', '89', '90'], ptx: ['90'], isa: '7.8' },
    ])
    expect(libraries.map(({ name: library, version }) => [library, version])).toEqual([
      ['nccl', '2.18.1'],
    ])
  })
})
