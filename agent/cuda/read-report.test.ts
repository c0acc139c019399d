import { expect, it } from 'vitest'
import { driverReport } from '#contract/wire/probe-report.ts'
import { passed } from '../../test/example-report.ts'
import { readReport } from './read-report.ts'

const nonce = 'a-nonce'
const read = (...lines: readonly (string | object)[]) => {
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
  return readReport(Buffer.from(texts.join('\n')), nonce, driverReport)
}

it('finds the report among other output', () => {
  expect(read('CUDA OK', passed({ nonce }), '{"broken')).toEqual({ report: passed({ nonce }) })
})

it.each([
  ['another nonce', passed({ nonce: 'an-older-one' })],
  ['no nonce', { ok: true }],
  ['words', 'CUDA OK'],
  ['JSON that is no object', '[1]'],
])('finds none in %s', (_, line) => expect(read(line)).toEqual({ problem: 'missing' }))

it('does not choose between two reports with the right nonce', () => {
  const lines = [passed({ nonce }), passed({ nonce, driver_cuda: 1 })]
  expect(read(...lines)).toEqual({ problem: 'ambiguous' })
})

it.each([
  { ok: 'yes' },
  { reason: 'fine' },
  { version: 2 },
  { probe: 'frameworks' },
  { devices: [{ uuid: 'GPU-1' }] },
  { detail: 'x'.repeat(600) },
])('refuses a report of another shape: %j', (change) =>
  expect(read({ ...passed({ nonce }), ...change })).toEqual({ problem: 'invalid' }),
)

it('reads no flood', () => {
  const flood = Buffer.concat([Buffer.alloc(300_000, 'x'), Buffer.from('\n')])
  expect(readReport(flood, nonce, driverReport)).toEqual({ problem: 'ambiguous' })
})
