import { describe, expect, it } from 'vitest'
import { addCounts, countDiff, describeDiff, noCounts } from './describe-diff.ts'
import { type Cell, diffMatrices } from './diff-matrices.ts'
import { exampleImages, exampleNodes } from './fixtures/example-fleet.ts'
import { judge } from './judge.ts'
import { type NodeClass, withDriver } from './node-class.ts'

function matrixOf(nodes: ReadonlyMap<string, NodeClass>): readonly Cell[] {
  return [...exampleImages].flatMap(([image, facts]) =>
    [...nodes].map(([node, nodeClass]) => {
      const { verdict, reasons } = judge(facts, nodeClass)
      return { image, node, verdict, reasons: reasons.map(({ code }) => code) }
    }),
  )
}

function withNode(name: string, driver: string): ReadonlyMap<string, NodeClass> {
  return new Map(
    [...exampleNodes].map(([node, nodeClass]) => [
      node,
      node === name ? withDriver(nodeClass, driver) : nodeClass,
    ]),
  )
}

const before = matrixOf(exampleNodes)

it('finds nothing where nothing changed', () => {
  expect(diffMatrices(before, before)).toEqual([])
})

describe('a driver', () => {
  const cause = { kind: 'driver', node: 'RTX 3090 / 515.48', from: '515.48.07' } as const

  it('lets more images run when it is newer', () => {
    const after = matrixOf(withNode(cause.node, '580.95.05'))
    const changes = diffMatrices(before, after)
    expect(changes.map(({ image, kind, lost }) => [image, kind, lost])).toEqual([
      ['ubuntu20-pytorch:2.0 (cu118)', 'better', ['DRIVER_MINOR_COMPAT', 'REQUIRE_CUDA_NOT_MET']],
      ['same with PyPI torch 2.0.1 (cu117)', 'better', ['REQUIRE_CUDA_NOT_MET']],
      ['ubuntu20-tensorflow:2.12', 'reasons', ['DRIVER_MINOR_COMPAT', 'REQUIRE_CUDA_NOT_MET']],
      ['ubuntu22-cuda:12.0', 'now_runs', ['DRIVER_TOO_OLD', 'REQUIRE_CUDA_NOT_MET']],
      ['ubuntu20-jupyter (11.8)', 'better', ['DRIVER_MINOR_COMPAT', 'REQUIRE_CUDA_NOT_MET']],
      ['torch 2.15.0 (cu132)', 'now_runs', ['DRIVER_TOO_OLD']],
      ['torch 2.9.1 (cu128)', 'now_runs', ['DRIVER_TOO_OLD']],
    ])
    const counts = countDiff(cause.node, changes, after)
    expect(describeDiff({ ...cause, to: '580.95.05' }, counts, 'en')).toBe(
      'Upgrading RTX 3090 / 515.48 from driver 515.48.07 to 580.95.05 lets 3 more images run and stops 0.',
    )
  })

  it('stops images when it no longer knows the card', () => {
    const node = 'V100 / 535.104'
    const after = matrixOf(withNode(node, '595.58.03'))
    const changes = diffMatrices(before, after)
    expect(changes.filter(({ kind }) => kind === 'no_longer_runs')).toHaveLength(6)
    expect(new Set(changes.flatMap(({ gained }) => gained))).toContain('GPU_DROPPED_BY_DRIVER')
    const said = { kind: 'driver', node, from: '535.104.05', to: '595.58.03' } as const
    expect(describeDiff(said, countDiff(node, changes, after), 'zh')).toBe(
      '将 V100 / 535.104 的驱动从 535.104.05 升级到 595.58.03 后，可多运行 0 个镜像，另有 6 个不再能运行。',
    )
  })

  it('stops what needs it when it is an older one', () => {
    const node = 'L40S / 570.124'
    const after = matrixOf(withNode(node, '515.48.07'))
    const counts = countDiff(node, diffMatrices(before, after), after)
    const said = { kind: 'driver', node, from: '570.124.06', to: '515.48.07' } as const
    expect(describeDiff(said, counts, 'en')).toBe(
      'Downgrading L40S / 570.124 from driver 570.124.06 to 515.48.07 lets 0 more images run and stops 2.',
    )
    expect(describeDiff({ ...said, from: '570.124.06, 580.95.05' }, counts, 'en')).toMatch(
      /^Changing /,
    )
  })
})

it('says what a node brings, and what goes with it', () => {
  const node = 'RTX 5090 / 595.58'
  const without = before.filter((cell) => cell.node !== node)
  const added = diffMatrices(without, before)
  expect(added.map(({ kind }) => kind)).toEqual(Array.from({ length: 7 }, () => 'added'))
  const counts = countDiff(node, added, before)
  expect(describeDiff({ kind: 'node_added', node }, counts, 'en')).toBe(
    'RTX 5090 / 595.58 runs 2 of 7 images, of which 0 would run nowhere else.',
  )
  const [image] = ['torch 2.15.0 (cu132)']
  const only = before.filter((cell) => cell.image === image && cell.verdict !== 'runs_with_notes')
  const left = only.filter((cell) => cell.node !== node)
  const removed = diffMatrices(only, left)
  expect(removed).toMatchObject([{ kind: 'removed', before: 'runs', node }])
  const lost = countDiff(node, removed, left)
  expect(describeDiff({ kind: 'node_removed', node }, lost, 'en')).toBe(
    'Without RTX 5090 / 595.58, 1 image that ran on it will run nowhere.',
  )
})

it('counts image by image what it counts of all', () => {
  const node = 'RTX 3090 / 515.48'
  const after = matrixOf(withNode(node, '580.95.05'))
  const of = (image: string, cells: readonly Cell[]) => cells.filter((cell) => cell.image === image)
  const sums = [...exampleImages.keys()].map((image) => {
    const [earlier, later] = [of(image, before), of(image, after)]
    return countDiff(node, diffMatrices(earlier, later), later)
  })
  expect(sums.reduce(addCounts, noCounts)).toEqual(
    countDiff(node, diffMatrices(before, after), after),
  )
})
