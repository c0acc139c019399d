import { expect, it } from 'vitest'
import { exampleImages, exampleNodes } from '../../cuda/verdict/fixtures/example-fleet.ts'
import { computeVerdict } from './compute-verdict.ts'

const facts = exampleImages.get('torch 2.15.0 (cu132)')
const older = exampleNodes.get('V100 / 535.104')
const newer = exampleNodes.get('RTX 5090 / 595.58')

it('takes the best class of the fleet', () => {
  expect(computeVerdict(facts, [older, newer])).toMatchObject({
    verdict: 'runs',
    on: expect.stringContaining('with driver 595.58'),
  })
})

it('says that an image runs nowhere, with the reasons', () => {
  const { verdict, reasons } = computeVerdict(facts, [older])
  expect(verdict).toBe('will_not_run')
  expect(reasons.map(({ code }) => code)).toContain('DRIVER_TOO_OLD')
})

it('judges nothing by a card that nobody knows', () => {
  expect(computeVerdict(facts, [older, undefined]).verdict).toBe('doubtful')
  expect(computeVerdict(facts, [undefined]).verdict).toBe('doubtful')
})

it('knows nothing without facts, and nothing is to be run on without GPUs', () => {
  expect(computeVerdict(undefined, [newer]).verdict).toBe('unknown')
  expect(computeVerdict(facts, []).verdict).toBe('no_gpu_node')
})
