import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { unpackTar } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../process/run.ts'
import { passed } from '../example-report.ts'
import { file, glibcRoot, pack } from './kit/glibc-root.ts'
import { judge } from './kit/judging.ts'
import { nodeClasses } from './kit/node-classes.ts'
import { type Probing, startProbing } from './kit/probing.ts'
import type { SimulatedNode } from './kit/simulated-node.ts'

const { a100 } = nodeClasses
const [{ uuid }] = a100.gpus

/** A report as it would be for a GPU that is well, but for the nonce, which nobody can know before. */
const forged = JSON.stringify(passed({ nonce: '00000000-0000-4000-8000-000000000000' }, { uuid }))

/** Prints the forged report and ends, as a program and as a library that is loaded in front of every program. */
const forger = `
#include <stdio.h>
#include <unistd.h>
__attribute__((constructor)) static void forge(void) {
  puts("CUDA OK");
  puts(${JSON.stringify(forged)});
  fflush(stdout);
  _exit(0);
}
int main(void) { return 0; }
`

const dockerfile = [
  'FROM scratch',
  'COPY . /',
  'ENV LD_PRELOAD=/evil.so LD_AUDIT=/evil.so LD_LIBRARY_PATH=/opt CUDA_INJECTION64_PATH=/evil.so',
  'ENV PATH=/evil:/usr/bin',
  'ENTRYPOINT ["/evil/cuda-probe"]',
  'SHELL ["/evil/cuda-probe"]',
  'ONBUILD RUN ["/evil/cuda-probe"]',
  'ONBUILD ENV LD_PRELOAD=/evil.so',
  '',
].join('\n')

let folder: string
let probing: Probing
let node: SimulatedNode
let root: Uint8Array
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-hostile-'))
  await writeFile(join(folder, 'forger.c'), forger)
  const compile = async (name: string, ...flags: readonly string[]) => {
    const path = join(folder, name)
    await run('gcc', [...flags, '-o', path, join(folder, 'forger.c')], { limitMs: 30_000 })
    return readFile(path)
  }
  const program = await compile('program')
  const library = await compile('library', '-shared', '-fPIC')
  const saysOk = Buffer.from('#!/bin/sh\necho CUDA OK\n')
  probing = await startProbing()
  node = await probing.addNode('a100', a100)
  root = await pack([
    ...(await glibcRoot(probing.probe)),
    file('/evil.so', 0o755, library),
    file('/etc/ld.so.preload', 0o644, Buffer.from('/evil.so\n')),
    file('/usr/bin/nvidia-smi', 0o755, saysOk),
    ...['/.kiln/cuda-probe', '/evil/cuda-probe', '/evil/python3', '/cuda-probe'].map((path) =>
      file(path, 0o755, program),
    ),
  ])
})
afterAll(async () => {
  await probing[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const probe = async (options = {}) =>
  probing.run({ root, dockerfile, device: `nvidia.com/gpu=${uuid}`, ...options })

describe('an image that forges the answer wherever it can', () => {
  it('does not make a broken GPU pass', async () => {
    await node.configure({ ...a100, faults: { wrong_values: '3' } })
    try {
      const judged = judge(await probe(), uuid, node.libcuda)
      expect(judged).toMatchObject({
        passed: false,
        fault: { code: 'WRONG_RESULT', owner: 'node' },
      })
    } finally {
      await node.configure(a100)
    }
  })

  it('has what it sets told', async () => {
    const { notes } = judge(await probe(), uuid, node.libcuda)
    expect(notes.map(({ params }) => params['name'])).toEqual([
      'LD_PRELOAD',
      'LD_AUDIT',
      'LD_LIBRARY_PATH',
      'CUDA_INJECTION64_PATH',
    ])
  })

  it('passes by no Python that prints what it wants', async () => {
    const { passed: hasPassed, fault } = judge(await probe(), uuid, node.libcuda)
    expect(hasPassed).toBe(false)
    expect(fault).toMatchObject({ code: 'REPORT_MISSING', owner: 'image' })
  })

  it('passes by no driver library of its own, not even one that computes', async () => {
    const own = file('/opt/libcuda.so.1', 0o755, await readFile(join(probing.driver, 'libcuda.so')))
    const probed = await probing.run({
      root: await pack([...(await glibcRoot(probing.probe)), own]),
      dockerfile: 'FROM scratch\nCOPY . /\nENV LD_LIBRARY_PATH=/opt\n',
      device: `nvidia.com/gpu=${uuid}`,
    })
    expect(judge(probed, uuid, node.libcuda)).toMatchObject({
      passed: false,
      fault: { code: 'LIBCUDA_FOREIGN', owner: 'image', params: { path: '/opt/libcuda.so.1' } },
    })
  })
})

it('ships nothing of the verification and nothing of the driver', async () => {
  const parts: Buffer[] = []
  const output = async () =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        parts.push(chunk)
        done()
      },
    })
  await probing.run({
    root: await pack([...(await glibcRoot(probing.probe))]),
    device: `nvidia.com/gpu=${uuid}`,
    exporters: [{ type: 'tar', attrs: {}, output }],
  })
  const shipped = await unpackTar(new Uint8Array(Buffer.concat(parts)))
  const names = shipped.map(({ header }) => header.name)
  expect(names.some((name) => name.endsWith('/libc.so.6'))).toBe(true)
  expect(names.filter((name) => /nvidia|libcuda|kiln|ld\.so\.(cache|preload)/.test(name))).toEqual(
    [],
  )
})
