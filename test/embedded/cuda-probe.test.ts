import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readSettings } from '../../embedded/config.ts'
import { createReport } from '../../embedded/report.ts'
import { buildCudaProbe, resolveCudaProbe } from '../../embedded/resolve/cuda-probe.ts'
import { run } from '../../process/run.ts'

const report = createReport(process.stdout)
const signal = new AbortController().signal
const settings = readSettings().resolve
const platforms = ['linux-amd64', 'linux-arm64'] as const

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-probe-'))
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

it('builds the same bytes in another place', async () => {
  const cached = dirname(dirname(await resolveCudaProbe(settings, report, signal)))
  await buildCudaProbe(join(folder, 'again'), settings, report, signal)
  for (const platform of platforms) {
    expect(await hashOf(join(folder, 'again', platform))).toBe(await hashOf(join(cached, platform)))
  }
})

it.each(platforms)('needs nothing of glibc that is newer than 2.17 on %s', async (platform) => {
  const cached = dirname(dirname(await resolveCudaProbe(settings, report, signal)))
  const { stdout } = await run('objdump', ['-p', join(cached, platform, 'cuda-probe')], {
    limitMs: 10_000,
  })
  const versions = [...stdout.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor))
  expect(versions.length).toBeGreaterThan(0)
  expect(Math.max(...versions)).toBeLessThanOrEqual(17)
  expect(['libc.so.6', 'libdl.so.2', 'libm.so.6']).toEqual(
    expect.arrayContaining([...libraries(stdout)]),
  )
})

it('names the variable when the configured probe is none', async () => {
  const wrong = { ...settings, cudaProbe: join(folder, 'none') }
  await expect(resolveCudaProbe(wrong, report, signal)).rejects.toThrow('KILN_CUDA_PROBE_BIN')
})

async function hashOf(place: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(join(place, 'cuda-probe')))
    .digest('hex')
}

function libraries(headers: string): readonly string[] {
  const needed = [...headers.matchAll(/NEEDED\s+(\S+)/g)].map(([, name]) => name ?? '')
  return needed.filter((name) => !name.startsWith('ld-linux'))
}
