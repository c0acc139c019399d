import { expect, it } from 'vitest'
import { parseVolumes, requireApart } from './parse-volumes.ts'

it('reads names, folders and modes; to read only when nothing is said', () => {
  expect(
    parseVolumes('datasets:/srv/datasets, scratch:/srv/scratch:projects,all:/srv/all:rw'),
  ).toEqual([
    { name: 'datasets', folder: '/srv/datasets', mode: 'ro' },
    { name: 'scratch', folder: '/srv/scratch', mode: 'projects' },
    { name: 'all', folder: '/srv/all', mode: 'rw' },
  ])
  expect(parseVolumes('')).toEqual([])
})

it.each([
  ['Data:/srv/data', 'expected NAME'],
  ['/srv/data', 'expected NAME'],
  ['data:srv', 'the whole path'],
  ['data:/', 'the whole path'],
  ['data:/srv/', 'the whole path'],
  ['data:/srv/../etc', 'the whole path'],
  ['data:/srv/data:rx', 'one of ro, rw, projects'],
  ['data:/srv/data:ro:rw', 'one of ro, rw, projects'],
  ['data:/proc/1', 'belongs to the system'],
  ['data:/run', 'belongs to the system'],
  ['a:/srv/a,a:/srv/b', 'names a twice'],
  ['a:/srv/a,b:/srv/a', 'lie in one another'],
  ['a:/srv/a/b:rw,b:/srv/a', 'lie in one another'],
])('refuses %s', (text, why) => {
  expect(() => parseVolumes(text)).toThrow(why)
})

it('takes folders that only begin alike', () => {
  expect(parseVolumes('a:/srv/a,b:/srv/ab')).toHaveLength(2)
})

it.each(['/var/lib', '/var/lib/kiln', '/var/lib/kiln/volumes'])(
  'does not offer %s when the agent keeps its own in /var/lib/kiln',
  (folder) => {
    const volumes = parseVolumes(`a:${folder}`)
    expect(() => requireApart(volumes, '/var/lib/kiln/')).toThrow('lie in one another')
    expect(() => requireApart(volumes, '/var/other')).not.toThrow()
  },
)
