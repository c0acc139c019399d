import { expect, it } from 'vitest'
import { chooseLink } from './link.ts'

const scope = 'ab12cd34'
const subnet = '10.213.4.0/28'

it('gives each project four addresses of its own and comes back to them', () => {
  const first = chooseLink({ scope, project: 'a', subnet }, new Set())
  expect(first).toEqual(chooseLink({ scope, project: 'a', subnet }, new Set()))
  expect(first.device).toMatch(/^knab12cd[0-9a-f]{7}$/)
  const taken = new Set<string>()
  for (let index = 0; index < 4; index += 1)
    taken.add(chooseLink({ scope, project: 'a', subnet }, taken).hostAddress)
  expect([...taken].toSorted()).toEqual(['10.213.4.1', '10.213.4.13', '10.213.4.5', '10.213.4.9'])
  expect(() => chooseLink({ scope, project: 'a', subnet }, taken)).toThrow('KILN_EGRESS_SUBNET')
})
