import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { driverReport } from '#contract/wire/probe-report.ts'
import { readReport } from '../../agent/cuda/read-report.ts'
import { readSettings } from '../../embedded/config.ts'
import { createReport } from '../../embedded/report.ts'
import { resolveCudaProbe } from '../../embedded/resolve/cuda-probe.ts'
import { ProcessError, run } from '../../process/run.ts'
import { buildArm64Driver } from './kit/build-driver.ts'
import { configText, nodeClasses, type SimulatedNodeConfig } from './kit/node-classes.ts'

const { h100 } = nodeClasses
const settings = readSettings().resolve
const emulator = ['qemu-aarch64-static', 'qemu-aarch64']
  .flatMap((name) => settings.path.split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path))
/** Where the loader and the C library for arm64 lie: Debian's libc6-arm64-cross has them here. */
const prefix = process.env['QEMU_LD_PREFIX'] ?? '/usr/aarch64-linux-gnu'
const canRun = emulator !== undefined && existsSync(join(prefix, 'lib/ld-linux-aarch64.so.1'))

if (!canRun)
  process.stderr.write(
    '\n  NOT RUN: the probe for arm64 (3 tests skipped): qemu-user-static and libc6-arm64-cross are not installed\n\n',
  )

describe.skipIf(!canRun)('the probe for arm64, on an emulated processor', () => {
  let folder: string
  let probe: string
  let driver: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kiln-arm64-'))
    const own = await resolveCudaProbe(
      { ...settings, cudaProbe: undefined },
      createReport(process.stdout),
      new AbortController().signal,
    )
    probe = join(dirname(dirname(own)), 'linux-arm64/cuda-probe')
    driver = await buildArm64Driver(settings)
  })
  afterAll(async () => rm(folder, { recursive: true, force: true }))

  /** @param config of the simulated driver; without one there is no driver. */
  const probeWith = async (nonce: string, config?: SimulatedNodeConfig) => {
    const file = join(folder, `${nonce}.conf`)
    if (config !== undefined) await writeFile(file, configText(config))
    const environment = {
      QEMU_LD_PREFIX: prefix,
      ...(config && {
        LD_LIBRARY_PATH: folder,
        KILN_SIM_CONFIG: file,
        KILN_SIM_NODES: '1',
      }),
    }
    // The soname is what the probe asks for.
    await run('ln', ['-sf', join(driver, 'libcuda.so'), join(folder, 'libcuda.so.1')], {
      limitMs: 5_000,
    })
    const args = [probe, '--nonce', nonce, '--limit', '60']
    const stdout = await run(emulator ?? '', args, { limitMs: 90_000, environment }).then(
      (ended) => ended.stdout,
      (error: unknown) => {
        if (error instanceof ProcessError && error.exitCode === 1) return error.output
        throw error
      },
    )
    const read = readReport(Buffer.from(stdout), nonce, driverReport)
    if ('problem' in read) throw new Error(`${read.problem}: ${stdout}`)
    return read.report
  }

  it('says in its one line that there is no driver', async () => {
    expect(await probeWith('none')).toMatchObject({
      ok: false,
      reason: 'LIBCUDA_MISSING',
      stage: 'load',
      devices: [],
    })
  })

  it('computes on each device of the simulated driver', async () => {
    expect(await probeWith('well', h100)).toMatchObject({
      ok: true,
      reason: 'OK',
      simulated: true,
      device_count: 2,
      devices: h100.gpus.map(({ uuid }) => ({ uuid, ok: true, stage: 'done' })),
    })
  })

  it('sees three values that are wrong in the last place', async () => {
    const wrong = { ...h100, faults: { wrong_values: '3' } }
    expect(await probeWith('wrong', wrong)).toMatchObject({
      ok: false,
      reason: 'WRONG_RESULT',
      detail: '3 wrong values of 65536',
    })
  })
})
