import { describe, expect, it } from 'vitest'
import { findVersion, isAcceptable } from './version.ts'

describe('findVersion', () => {
  it.each([
    ['runc version 1.5.2\nspec: 1.3.0\ngo: go1.26.8', [1, 5, 2]],
    ['/usr/bin/registry github.com/distribution/distribution/v3 v3.1.2+unknown', [3, 1, 2]],
    ['go version go1.27 linux/amd64', [1, 27, 0]],
  ])('reads %j', (text, version) => {
    expect(findVersion(text)).toEqual(version)
  })

  it('answers nothing for text without a version', () => {
    expect(findVersion('command not found')).toBeUndefined()
  })
})

describe('isAcceptable', () => {
  it.each([
    ['1.5.2', '1.1.0', true],
    ['1.1.0', '1.1.0', true],
    ['1.0.9', '1.1.0', false],
    ['2.8.3', '1.1.0', false],
    ['1.26.10', '1.26.8', true],
    ['0.0.0', '0.34.0', false],
    ['2.0.0', '1.1.0', false],
  ])('%s against %s is %s', (found, minimum, expected) => {
    expect(isAcceptable(findVersion(found), minimum)).toBe(expected)
  })
})
