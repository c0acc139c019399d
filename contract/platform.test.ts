import { expect, it } from 'vitest'
import { parsePlatform } from './platform.ts'

it.each([
  ['linux/amd64', 'linux/amd64'],
  ['linux/amd64/v1', 'linux/amd64'],
  ['linux/amd64/v3', 'linux/amd64/v3'],
  ['linux/arm64/v8', 'linux/arm64'],
  ['linux/arm', 'linux/arm/v7'],
  ['linux/arm/v6', 'linux/arm/v6'],
])('reads %s', (text, platform) => expect(parsePlatform(text)).toBe(platform))

it.each([
  '',
  'amd64',
  'linux',
  'linux/x86',
  'windows/amd64',
  'linux/amd64/x',
  'linux/amd64,linux/arm64',
])('refuses %j', (text) => expect(parsePlatform(text)).toBeUndefined())
