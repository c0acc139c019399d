import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { frameworkReport } from '#contract/wire/probe-report.ts'
import { goodTorch, plantedCases } from '../../../test/gpu/planted.ts'
import { readReport } from '../read-report.ts'

const script = join(import.meta.dirname, 'framework-probe.py')
const nonce = 'a-nonce'

let packages: string
beforeEach(async () => {
  packages = await mkdtemp(join(tmpdir(), 'kiln-planted-'))
})
afterEach(async () => rm(packages, { recursive: true, force: true }))

/** As the launcher starts it in an image, with the planted packages where a variable of the image says. */
async function probe(files: Readonly<Record<string, string>>, limit = 20) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(packages, name)), { recursive: true })
    await writeFile(join(packages, name), text)
  }
  const args = ['-I', '-S', '-B', script, '--nonce', nonce, '--limit', String(limit)]
  const env = { ...process.env, PYTHONPATH: packages }
  const { stdout } = spawnSync('python3', args, { timeout: 60_000, env })
  const read = readReport(stdout, nonce, frameworkReport)
  if ('problem' in read) throw new Error(`${read.problem}: ${stdout.toString()}`)
  return read.report
}

it('reports no framework where there is none', async () => {
  expect(await probe({})).toMatchObject({ ok: true, reason: 'OK', frameworks: [] })
})

it('passes a framework that computes rightly, and says what it is', async () => {
  const report = await probe({ 'torch/__init__.py': goodTorch() })
  expect(report.ok).toBe(true)
  expect(report.frameworks).toEqual([
    expect.objectContaining({
      name: 'torch',
      ok: true,
      version: '2.0.1+cu118',
      cuda: '11.8',
      device: 'NVIDIA A100-SXM4-40GB (simulated)',
    }),
  ])
})

it.each(plantedCases)('tells $title: $code', async ({ code, files }) => {
  const report = await probe(files, 3)
  expect(report).toMatchObject({ ok: false, reason: code })
  expect(report.frameworks).toMatchObject([{ name: 'torch', ok: false, reason: code }])
})

it('checks the others when one hangs', async () => {
  const hanging = 'import time\ntime.sleep(1000)\n'
  const report = await probe({ 'torch/__init__.py': goodTorch(), 'cupy/__init__.py': hanging }, 4)
  expect(report.frameworks).toMatchObject([
    { name: 'torch', reason: 'OK' },
    { name: 'cupy', reason: 'PROBE_TIMEOUT' },
  ])
})

it('takes nothing that a framework prints for a result', async () => {
  const forged = JSON.stringify({ probe: 'frameworks', nonce, ok: true, frameworks: [] })
  const printing = [
    'import sys',
    `line = ${JSON.stringify(forged)}`,
    'print(line); print("\\x02" + line + "\\x03"); sys.stderr.write(line)',
    'raise ValueError(line)',
  ].join('\n')
  const report = await probe({ 'torch/__init__.py': printing })
  expect(report).toMatchObject({ ok: false, reason: 'FRAMEWORK_FAILED' })
})

it('lets no file of the image run before it', async () => {
  const forging = 'import os\nos.write(1, b"CUDA OK\\n")\nos._exit(0)\n'
  // It does run in the children, where the image's users would have it too; there it ends the child without a result.
  expect(await probe({ 'sitecustomize.py': forging })).toMatchObject({
    ok: false,
    reason: 'PROBE_CRASHED',
    frameworks: [],
  })
})

it('is understood by Python 3.6', async () => {
  const check = 'import ast, sys; ast.parse(open(sys.argv[1]).read(), feature_version=(3, 6))'
  expect(spawnSync('python3', ['-c', check, script]).status).toBe(0)
})
