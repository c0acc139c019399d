import { expect, it } from 'vitest'
import { createAddressOf } from './browser-address.ts'

const addressOf = createAddressOf(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'])

it.each([
  ['nobody noted anything', '10.0.0.1', undefined, '10.0.0.1'],
  ['one proxy', '10.0.0.1', '203.0.113.5', '203.0.113.5'],
  ['two proxies', '10.0.0.1', '203.0.113.5, 192.0.2.7', '203.0.113.5'],
  ['a proxy by IPv6', 'fd00::1', '2001:db8::5', '2001:db8::5'],
  ['a socket for both kinds', '::ffff:10.0.0.1', '203.0.113.5', '203.0.113.5'],
  ['what the browser itself has noted', '10.0.0.1', '198.51.100.1, 203.0.113.5', '203.0.113.5'],
  ['no proxy of ours', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['what is no address', '10.0.0.1', 'unknown', '10.0.0.1'],
  ['no connection', undefined, '203.0.113.5', undefined],
])('finds where a browser comes from: %s', (_, peer, forwarded, expected) => {
  expect(addressOf(peer, forwarded)).toBe(expected)
})

it.each(['proxy.example', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8'])(
  'takes no %s for a proxy',
  (proxy) => expect(() => createAddressOf([proxy])).toThrow(`"${proxy}"`),
)
