import { expect, it } from 'vitest'
import { chooseNodes } from './choose-nodes.ts'

const node = (id: string, slots: number, busy: number) => ({
  id,
  name: id,
  incarnation: '',
  slots,
  busy,
})
const waiting = ['a', 'b', 'c', 'd'].map((id) => ({ id }))

it('fills the node with the most room first and leaves the rest waiting', () => {
  const placed = chooseNodes(waiting, [node('n1', 2, 1), node('n2', 2, 0)])
  expect(placed.map(({ buildId, node: { id } }) => [buildId, id])).toEqual([
    ['a', 'n2'],
    ['b', 'n1'],
    ['c', 'n2'],
  ])
})

it('says why', () => {
  expect(chooseNodes(waiting.slice(0, 1), [node('n1', 2, 0)])[0]?.reason).toBe(
    'n1 has 2 of 2 slots free, the most of 1 ready nodes',
  )
})

it('places nothing on a full farm', () => {
  expect(chooseNodes(waiting, [node('n1', 1, 1)])).toEqual([])
  expect(chooseNodes(waiting, [])).toEqual([])
})
