import { expect, it } from 'vitest'
import { explainSuggestion, suggestions } from '../tables/suggestions.ts'
import { exampleImages, exampleNodes, plainImage } from './fixtures/example-fleet.ts'
import { classifyNode } from './node-class.ts'
import { suggest } from './suggest.ts'

it.each([
  ['ubuntu20-pytorch:2.0 (cu118)', 'A100 / 550.54', undefined],
  ['ubuntu20-pytorch:2.0 (cu118)', 'B200 / 580.95', 'torch 2.7.0 or newer, built for cu128'],
  ['same with PyPI torch 2.0.1 (cu117)', 'H100 / 580.159', 'torch 2.0.1 built for cu118'],
  ['ubuntu22-cuda:12.0', 'RTX 3090 / 515.48', 'driver 525.60.13 or newer on this node'],
  ['ubuntu22-cuda:12.0', 'P100 / 470.57', 'driver 525.60.13 or newer on this node'],
  ['ubuntu22-cuda:12.0', 'B200 / 580.95', 'a base with CUDA 12.8 or newer'],
  ['torch 2.15.0 (cu132)', 'T4 / 525.85', 'driver 580.65.06 or newer on this node'],
  ['torch 2.15.0 (cu132)', 'V100 / 535.104', 'torch 2.11.0 built for cu126'],
  ['torch 2.15.0 (cu132)', 'P100 / 470.57', 'torch 2.0.1 built for cu118'],
  // No build of TensorFlow that is known here has libraries that know this card.
  ['ubuntu20-tensorflow:2.12', 'B200 / 580.95', undefined],
])('for %s on %s: %s', (image, node, expected) => {
  const [facts, nodeClass] = [exampleImages.get(image), exampleNodes.get(node)]
  const suggestion = facts && nodeClass && suggest(facts, nodeClass)
  expect(suggestion && explainSuggestion(suggestion, 'en')).toBe(expected)
})

const card = { name: 'Tesla K80', driver: '470.82.01', memoryBytes: 1 }
const toolkit = { version: '12.0', source: 'CUDA_VERSION', nvcc: false }

it('goes back to what a card was last supported by', () => {
  const k80 = classifyNode(card, 'amd64')
  const v100 = classifyNode({ ...card, name: 'Tesla V100-PCIE-16GB', driver: '595.58.03' }, 'amd64')
  expect(k80 && suggest({ ...plainImage, toolkit }, k80)).toEqual({
    code: 'OLDER_TOOLKIT',
    params: { cuda: '11.8' },
  })
  expect(v100 && suggest({ ...plainImage, toolkit }, v100)).toEqual({
    code: 'OLDER_DRIVER',
    params: { branch: 580 },
  })
})

it('takes a stub off the path, and another family of a framework', () => {
  const t4 = exampleNodes.get('T4 / 525.85')
  const stubs = [{ path: 'usr/stubs/libcuda.so.1', reached: 'LD_LIBRARY_PATH' as const }]
  expect(t4 && suggest({ ...plainImage, toolkit, stubs }, t4)).toMatchObject({ code: 'NO_STUBS' })
  const v100 = exampleNodes.get('V100 / 535.104')
  const frameworks = [{ name: 'cupy' as const, version: '13.6.0', cuda: '13' }]
  expect(v100 && suggest({ ...plainImage, frameworks }, v100)).toMatchObject({
    params: { distribution: 'cupy_cuda11x' },
  })
})

it.each(Object.entries(suggestions))('says %s in both languages', (_code, { text }) => {
  const holes = (words: string) => [...words.matchAll(/\{\w+\}/g)].map(String).toSorted()
  expect(holes(text.zh)).toEqual(holes(text.en))
})
