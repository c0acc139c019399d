import { expect, it } from 'vitest'
import { inventory } from '#contract/wire/node.ts'
import { declareInventory, readGpus } from './hardware.ts'

it('knows cards by a part of their names, and how many there are', () => {
  expect(readGpus('H100 x8')).toMatchObject({ capability: '9.0', count: 8 })
  expect(readGpus('t4')).toMatchObject({ name: 'Tesla T4', count: 1 })
  expect(readGpus('A100 × 2')).toMatchObject({ capability: '8.0', count: 2 })
  expect(readGpus('abacus x2')).toBeUndefined()
  expect(readGpus('H100 x0')).toBeUndefined()
  expect(readGpus('')).toBeUndefined()
})

it('declares nothing that is not called simulated, in the form of the protocol', () => {
  const declared = inventory.parse(declareInventory('sim-1', readGpus('H100 x2')))
  expect(declared.simulated).toBe(true)
  expect(declared.gpus.map(({ simulated }) => simulated)).toEqual([true, true])
  expect(new Set(declared.gpus.map(({ uuid }) => uuid)).size).toBe(2)
  expect(declareInventory('sim-2', undefined).gpus).toEqual([])
})
