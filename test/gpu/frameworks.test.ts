import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TarEntry } from 'modern-tar'
import { file, pack, pythonRoot } from './kit/glibc-root.ts'
import { judge } from './kit/judging.ts'
import { nodeClasses } from './kit/node-classes.ts'
import { type Probing, startProbing } from './kit/probing.ts'
import type { SimulatedNode } from './kit/simulated-node.ts'
import { goodTorch } from './planted.ts'

const { a100 } = nodeClasses
const [{ uuid }] = a100.gpus
const packages = '/opt/packages'

let probing: Probing
let node: SimulatedNode
let python: readonly TarEntry[]
beforeAll(async () => {
  probing = await startProbing()
  node = await probing.addNode('a100', a100)
  python = await pythonRoot(probing.probe)
})
afterAll(async () => probing[Symbol.asyncDispose]())

const probe = async (files: Readonly<Record<string, string>>) => {
  const planted = Object.entries(files).map(([name, text]) =>
    file(`${packages}/${name}`, 0o644, Buffer.from(text)),
  )
  return probing.run({
    root: await pack([...python, ...planted]),
    dockerfile: `FROM scratch\nCOPY . /\nENV PYTHONPATH=${packages}\nUSER 65534\n`,
    device: `nvidia.com/gpu=${uuid}`,
  })
}

it('probes the frameworks of an image that has no shell, as its own user', async () => {
  const probed = await probe({ 'torch/__init__.py': goodTorch() })
  expect(judge(probed, uuid, node.libcuda)).toMatchObject({
    passed: true,
    evidence: 'simulated',
    notes: [{ code: 'LOADER_STEERED', params: { name: 'PYTHONPATH' } }],
  })
})

it('does not pass an image whose framework does not', async () => {
  const probed = await probe({
    'torch/__init__.py': goodTorch(),
    'cupy/__init__.py': 'import numpy\n',
  })
  expect(judge(probed, uuid, node.libcuda)).toMatchObject({
    passed: false,
    fault: { code: 'FRAMEWORK_IMPORT_FAILED', owner: 'image', params: { framework: 'cupy' } },
  })
})

it('has no network while it probes', async () => {
  const looking = [
    'import os',
    'raise ValueError("interfaces: " + ",".join(sorted(os.listdir("/sys/class/net"))))',
  ].join('\n')
  const probed = await probe({ 'torch/__init__.py': looking })
  expect(judge(probed, uuid, node.libcuda).fault?.params['detail']).toBe(
    'ValueError: interfaces: lo',
  )
})

it('does not believe what a sitecustomize prints', async () => {
  const forged = JSON.stringify({
    probe: 'frameworks',
    version: 1,
    nonce: '',
    ok: true,
    frameworks: [],
  })
  const forging = [
    'import os, sys',
    `os.write(1, ${JSON.stringify(`${forged}\n`)}.encode())`,
    'sys.stdout.flush()',
  ].join('\n')
  const probed = await probe({
    'sitecustomize.py': forging,
    'torch/__init__.py': goodTorch(0.01),
  })
  expect(judge(probed, uuid, node.libcuda).fault).toMatchObject({
    code: 'WRONG_RESULT',
    params: { framework: 'torch' },
  })
})
