import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { driverReport } from '#contract/wire/probe-report.ts'
import { readReport } from '../../agent/cuda/read-report.ts'
import { createStepOutput } from '../../agent/cuda/step-output.ts'
import { uploadUrl } from '../../agent/buildkit/session/upload.ts'
import { solve } from '../../agent/buildkit/solve.ts'
import { solving } from '../buildkit/solving.ts'
import { file, glibcRoot, pack } from './kit/glibc-root.ts'
import { judge } from './kit/judging.ts'
import { nodeClasses } from './kit/node-classes.ts'
import { type Probing, startProbing } from './kit/probing.ts'
import type { SimulatedNode } from './kit/simulated-node.ts'

const [first, second] = nodeClasses.h100.gpus

let probing: Probing
let node: SimulatedNode
let root: Uint8Array
beforeAll(async () => {
  probing = await startProbing()
  node = await probing.addNode('h100', nodeClasses.h100)
  const probe = file('/probe', 0o755, await readFile(probing.probe))
  root = await pack([...(await glibcRoot(probing.probe)), probe])
})
afterAll(async () => probing[Symbol.asyncDispose]())

/** Builds a user's own step that runs the probe with the devices that it asks for. */
async function runStep(asked: string, nonce: string, entitlements: readonly string[]) {
  const output = createStepOutput()
  const step = `RUN --device=${asked},required ["/probe","--nonce","${nonce}"]`
  const options = solving(probing.daemon.address, `FROM scratch\nCOPY . /\n${step}\n`)
  await solve({
    ...options,
    frontendAttrs: {
      ...options.frontendAttrs,
      context: uploadUrl('context.tar'),
      dockerfilekey: 'dockerfile',
    },
    uploads: {
      'context.tar': async () =>
        (async function* chunks() {
          yield root
        })(),
    },
    entitlements,
    onProgress: (event) => output.read(event),
  })
  const read = readReport((await output.of(nonce)).stdout, nonce, driverReport)
  if ('problem' in read) throw new Error(read.problem)
  return read.report.devices.map(({ uuid }) => uuid)
}

it.each([
  ['nvidia.com/gpu=all', second.uuid],
  ['nvidia.com/gpu', second.uuid],
  ['nvidia.com/gpu=0', second.uuid],
  ['nvidia.com/gpu=0', first.uuid],
])('gives a step that asks for %s exactly the granted GPU', async (asked, granted) => {
  const entitlement = `device=nvidia.com/gpu=${granted},alias=${asked}`
  expect(await runStep(asked, `alias-${asked}-${granted}`, [entitlement])).toEqual([granted])
})

it('refuses a step that asks for another GPU than the granted one', async () => {
  const entitlement = `device=nvidia.com/gpu=${first.uuid}`
  const asked = runStep(`nvidia.com/gpu=${second.uuid}`, 'other', [entitlement])
  await expect(asked).rejects.toThrow('is requested by the build but not allowed')
})

it('refuses a step that asks for a GPU when none is granted', async () => {
  await expect(runStep('nvidia.com/gpu=all', 'none', [])).rejects.toThrow('not allowed')
})

it('does not believe a probe that saw another GPU, as after a change of the node', async () => {
  const named = node.spec.devices.find(({ name }) => name === first.uuid)
  const other = node.spec.devices.find(({ name }) => name === second.uuid)
  if (named === undefined || other === undefined) throw new Error('the devices are not described')
  const swapped = { ...named, containerEdits: other.containerEdits }
  await probing.publish('h100', {
    ...node.spec,
    devices: node.spec.devices.map((device) => (device === named ? swapped : device)),
  })
  try {
    const probed = await probing.run({ root, device: `nvidia.com/gpu=${first.uuid}` })
    expect(judge(probed, first.uuid, node.libcuda)).toMatchObject({
      passed: false,
      fault: { code: 'DEVICE_NOT_GRANTED', owner: 'farm' },
    })
  } finally {
    await probing.publish('h100', node.spec)
  }
})
