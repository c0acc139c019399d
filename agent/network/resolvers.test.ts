import { expect, it } from 'vitest'
import { parseResolvConf, resolvConf } from './resolvers.ts'

it('takes what can be reached from a network of its own', () => {
  const text =
    '# made by hand\nnameserver 127.0.0.53\nnameserver 10.255.255.53\nnameserver fd00::1\nsearch a.example  b.example\noptions ndots:2\n'
  const read = parseResolvConf(text)
  expect(read.nameservers).toEqual(['10.255.255.53'])
  expect(resolvConf(read)).toBe(
    'nameserver 10.255.255.53\nsearch a.example b.example\noptions ndots:2\n',
  )
})
