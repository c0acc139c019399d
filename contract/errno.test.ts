import { expect, it } from 'vitest'
import { isErrno } from './errno.ts'

it('knows an error by its code, and nothing that is no error', () => {
  const absent = Object.assign(new Error('no such file'), { code: 'ENOENT' })
  expect(isErrno(absent, 'ENOENT')).toBe(true)
  expect(isErrno(absent, 'EEXIST')).toBe(false)
  expect(isErrno(new Error('ENOENT'), 'ENOENT')).toBe(false)
  expect(isErrno({ code: 'ENOENT' }, 'ENOENT')).toBe(false)
})
