import { expect, it } from 'vitest'
import { examplePlan } from '../../test/example-plan.ts'
import { exporterAttrs } from './exporter-attrs.ts'

it('writes the same image in each stage and pushes it by digest in the last', () => {
  const format = { 'oci-mediatypes': 'true', compression: 'zstd' }
  expect(exporterAttrs(examplePlan(), false)).toEqual(format)
  expect(exporterAttrs(examplePlan(), true)).toEqual({
    ...format,
    name: 'h:1/kiln/a',
    push: 'true',
    'push-by-digest': 'true',
  })
})

it('says when the registry speaks plain http', () => {
  const plan = examplePlan()
  const registry = { ...plan.registry, insecure: true }
  expect(exporterAttrs({ ...plan, registry }, true)).toMatchObject({ 'registry.insecure': 'true' })
})

it.each([
  [
    { compression: { type: 'gzip', level: 9 } },
    { compression: 'gzip', 'compression-level': '9', 'force-compression': 'true' },
  ],

  [
    { reproducible: { source_date_epoch: 7 } },
    { 'source-date-epoch': '7', 'rewrite-timestamp': 'true' },
  ],
])('passes %j', (options, attrs) => {
  expect(exporterAttrs(examplePlan(options), false)).toMatchObject(attrs)
})
