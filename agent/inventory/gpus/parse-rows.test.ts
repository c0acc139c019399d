import { expect, it } from 'vitest'
import { numberOf, parseRows } from './parse-rows.ts'

it('reads one row a line and leaves out what is none', () => {
  const csv = 'GPU-1f, NVIDIA A100-SXM4-40GB, 580.65.06\nNo devices were found\n\n'
  expect(parseRows(csv, ['uuid', 'name', 'driver'])).toEqual([
    { uuid: 'GPU-1f', name: 'NVIDIA A100-SXM4-40GB', driver: '580.65.06' },
  ])
})

it('leaves commas to the last field', () => {
  const csv = 'GPU-1f, 4711, 512, python train.py --sizes 1, 2, 3\n'
  const [row] = parseRows(csv, ['uuid', 'pid', 'used', 'name'])
  expect(row?.name).toBe('python train.py --sizes 1, 2, 3')
})

it.each([
  ['34', 34],
  ['0x0000000000000008', 8],
  ['0.5', 0.5],
  ['[N/A]', undefined],
  ['[Not Supported]', undefined],
  ['[Unknown Error]', undefined],
  ['', undefined],
  [undefined, undefined],
])('takes %j for %j', (text, number) => expect(numberOf(text)).toBe(number))
