import { expect, it } from 'vitest'
import { leftOutKinds, leftOutText } from './left-out.ts'

it('says each kind in both languages', () => {
  for (const { en, zh } of Object.values(leftOutKinds)) {
    expect(en).toMatch(/^[a-z]/)
    expect(zh).not.toBe('')
    expect(zh).not.toBe(en)
  }
})

it('says what it was told of a kind that it does not know', () => {
  expect(leftOutText({ what: 'an SSH key', kind: 'ssh_key' })).toEqual(leftOutKinds.ssh_key)
  for (const kind of [undefined, 'of_tomorrow', 'toString']) {
    expect(leftOutText({ what: 'a key', kind })).toEqual({ en: 'a key', zh: 'a key' })
  }
})
