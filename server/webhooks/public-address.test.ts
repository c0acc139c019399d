import { describe, expect, it } from 'vitest'
import { isPublic, pinAddress } from './public-address.ts'

const leadsTo =
  (address: string, family = 4) =>
  async () => [{ address, family }]
const never = async () => {
  throw new Error('nobody asks for a name')
}

describe('an address', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
    '198.18.0.1',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '::ffff:10.0.0.1',
    '::ffff:127.0.0.1',
    '64:ff9b::10.0.0.1',
    '2002:7f00:1::',
    '2001:db8::1',
    'not an address',
  ])('%s is not public', (address) => {
    expect(isPublic(address)).toBe(false)
  })

  it.each(['1.1.1.1', '93.184.216.34', '2606:4700:4700::1111'])('%s is', (address) => {
    expect(isPublic(address)).toBe(true)
  })
})

describe('the address of a webhook', () => {
  const https = new URL('https://hooks.example.com/x')

  it('is the one that the name leads to', async () => {
    await expect(pinAddress(https, [], leadsTo('1.1.1.1'))).resolves.toEqual({
      address: '1.1.1.1',
      family: 4,
    })
  })

  it('is refused where the name leads inside, even beside a public one', async () => {
    const both = async () => [
      { address: '1.1.1.1', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ]
    await expect(pinAddress(https, [], both)).rejects.toThrow('not public')
  })

  it.each([
    'http://1.1.1.1/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://2130706433/',
    'https://0x7f.1/',
  ])('%s is refused', async (address) => {
    await expect(pinAddress(new URL(address), [], never)).rejects.toThrow(/not public|not https/)
  })

  it('may be inside where the operator allows the host, with or without its port', async () => {
    const inside = new URL('http://ci.internal:8080/x')
    for (const allowed of ['ci.internal', 'ci.internal:8080']) {
      await expect(pinAddress(inside, [allowed], leadsTo('10.0.0.1'))).resolves.toMatchObject({
        address: '10.0.0.1',
      })
    }
    await expect(pinAddress(inside, ['ci.internal:81'], leadsTo('10.0.0.1'))).rejects.toThrow(
      'not https',
    )
  })
})
