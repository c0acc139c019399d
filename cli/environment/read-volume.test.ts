import { expect, it } from 'vitest'
import { readVolume } from './read-volume.ts'

it.each([
  ['datasets:/data', { volume: 'datasets', path: '/data' }],
  ['datasets:/data:ro', { volume: 'datasets', path: '/data', read_only: true }],
  ['scratch:/out:rw', { volume: 'scratch', path: '/out', read_only: false }],
])('reads %s', (text, volume) => expect(readVolume(text)).toEqual(volume))

it.each(['datasets', ':/data', 'datasets:', 'datasets:/data:rx', 'a:/b:ro:rw', ''])(
  'takes %j for none',
  (text) => expect(readVolume(text)).toBeUndefined(),
)
