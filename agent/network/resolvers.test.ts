import { describe, expect, it } from 'vitest'
import { chooseResolvers, resolvConf } from './resolvers.ts'

describe('chooseResolvers', () => {
  it('takes what can be reached from a network of its own', () => {
    const text =
      '# made by hand\nnameserver 127.0.0.53\nnameserver 10.255.255.53\nnameserver fd00::1\nsearch a.example  b.example\noptions ndots:2\n'
    const read = chooseResolvers([], [text, ''])
    expect(read).toMatchObject({ nameservers: ['10.255.255.53'], relayed: undefined })
    expect(resolvConf(read)).toBe(
      'nameserver 10.255.255.53\nsearch a.example b.example\noptions ndots:2\n',
    )
  })

  it('asks whom systemd-resolved asks', () => {
    const texts = ['nameserver 127.0.0.53\nsearch a.example\n', 'nameserver 10.255.255.53\n']
    expect(chooseResolvers([], texts)).toEqual({
      nameservers: ['10.255.255.53'],
      relayed: undefined,
      rest: ['search a.example'],
    })
  })

  it('has the one of a container of Docker relayed', () => {
    const read = chooseResolvers([], ['nameserver 127.0.0.11\noptions ndots:0\n', ''])
    expect(read).toMatchObject({ nameservers: [], relayed: '127.0.0.11' })
    expect(resolvConf(read)).toBe('nameserver 198.18.1.53\noptions ndots:0\n')
  })

  it('takes those that are configured instead', () => {
    const own = ['nameserver 10.255.255.53\n', '']
    expect(chooseResolvers(['10.1.2.3'], own)).toMatchObject({ nameservers: ['10.1.2.3'] })
    expect(chooseResolvers(['127.0.0.1'], own)).toMatchObject({
      nameservers: [],
      relayed: '127.0.0.1',
    })
    expect(chooseResolvers([], ['', ''])).toMatchObject({ nameservers: [], relayed: undefined })
  })
})
