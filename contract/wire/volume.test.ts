import { expect, it } from 'vitest'
import { wantedVolumes } from './volume.ts'

const parse = (...paths: readonly string[]) =>
  wantedVolumes.safeParse(paths.map((path) => ({ volume: 'data', path })))
const problems = (...paths: readonly string[]) =>
  parse(...paths).error?.issues.map(({ path, message }) => [path.join('.'), message])

it.each(['/data', '/mnt/data set', '/devices', '/etc/kiln', '/数据'])('takes %s', (path) => {
  expect(problems(path)).toBeUndefined()
})

it.each([
  ['', 'expected a path'],
  ['data', 'expected a path'],
  ['/', 'expected a path'],
  ['//data', 'expected a path'],
  ['/data/', 'has a / too many'],
  ['/a//b', 'has a / too many'],
  ['/a/../b', 'has . or .. in it'],
  ['/..', 'has . or .. in it'],
  ['/a/.', 'has . or .. in it'],
  ['/a\0b', 'control character'],
  ['/a\nb', 'control character'],
  ['/proc', 'belongs to the system'],
  ['/proc/1/root', 'belongs to the system'],
  ['/sys/fs', 'belongs to the system'],
  ['/dev/shm', 'belongs to the system'],
  ['/etc/hosts', 'belongs to the system'],
])('refuses %j', (path, why) => {
  expect(problems(path)).toContainEqual(['0.path', expect.stringContaining(why)])
})

it('refuses places that are one another, or lie in one another, and names of other kinds', () => {
  expect(problems('/data', '/data')).toContainEqual(['1.path', 'is taken twice'])
  expect(problems('/data/sub', '/data')).toEqual([['0.path', 'lies in the volume at /data']])
  expect(problems('/data', '/database')).toBeUndefined()
  for (const volume of ['Data', '../x', 'a/b', '', 'a'.repeat(64)]) {
    expect(wantedVolumes.safeParse([{ volume, path: '/data' }]).success).toBe(false)
  }
  expect(parse(...Array.from({ length: 17 }, (_, at) => `/v${at}`)).success).toBe(false)
})
