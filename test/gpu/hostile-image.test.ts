import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { unpackTar } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { file, glibcRoot, pack } from './kit/glibc-root.ts'
import { hostileFiles, hostileLines } from './kit/hostile-root.ts'
import { judge } from './kit/judging.ts'
import { nodeClasses } from './kit/node-classes.ts'
import { type Probing, startProbing } from './kit/probing.ts'
import type { SimulatedNode } from './kit/simulated-node.ts'

const { a100 } = nodeClasses
const [{ uuid }] = a100.gpus

const dockerfile = ['FROM scratch', 'COPY . /', ...hostileLines, ''].join('\n')

let probing: Probing
let node: SimulatedNode
let root: Uint8Array
beforeAll(async () => {
  probing = await startProbing()
  node = await probing.addNode('a100', a100)
  root = await pack([...(await glibcRoot(probing.probe)), ...(await hostileFiles(uuid))])
})
afterAll(async () => probing[Symbol.asyncDispose]())

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
