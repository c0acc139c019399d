import { expect, it } from 'vitest'
import { isLoopback, readAddress } from './address.ts'

it.each([
  ['127.0.0.1:8080', '127.0.0.1', 8080],
  ['farm.example:443', 'farm.example', 443],
  ['[::1]:8080', '::1', 8080],
  [':::8080', '::', 8080],
])('reads %s', (text, hostname, port) => {
  expect(readAddress(text)).toEqual({ hostname, port })
})

it.each(['127.0.0.1', '127.9.8.7:5000', 'localhost', 'LocalHost:80', '::1', '[::1]', '[::1]:5000'])(
  'takes %s for this machine',
  (host) => expect(isLoopback(host)).toBe(true),
)

it.each([
  '',
  '0.0.0.0',
  '::',
  // An address of its own, no port of loopback.
  '::1:8080',
  '128.0.0.1',
  '127.0.0.1.evil.example',
  'localhost.evil.example:80',
  'not-localhost',
  '127.0.0.1:',
  '127.0.0.1:80:90',
])('takes "%s" for another', (host) => expect(isLoopback(host)).toBe(false))
