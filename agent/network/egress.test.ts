import { describe, expect, it } from 'vitest'
import { parseEgress, resolveEgress } from './egress.ts'

describe('parseEgress', () => {
  it('reads names, addresses and networks with and without a port', () => {
    expect(parseEgress('mirror.corp:443, 10.1.2.3:80,10.9.0.0/16,')).toEqual([
      { host: 'mirror.corp', port: 443 },
      { host: '10.1.2.3', port: 80 },
      { host: '10.9.0.0/16', port: undefined },
    ])
  })

  it.each([
    '10.1.2',
    '300.1.1.1:80',
    'a:0',
    'a:70000',
    'a b:1',
    '10.0.0.0/33',
    '[::1]:80',
    'x;y:1',
  ])('refuses %s', (entry) => expect(() => parseEgress(entry)).toThrow(RangeError))
})

it('lets what is on loopback be relayed and what has no address be told', async () => {
  const names: Record<string, readonly string[]> = {
    localhost: ['127.0.0.1'],
    mirror: ['10.1.2.3', '10.1.2.4'],
  }
  const said: string[] = []
  const entries = parseEgress('localhost:5055,127.0.0.1:5056,mirror:443,gone:1,10.9.0.0/16')
  const resolved = await resolveEgress(
    entries,
    async (name) => names[name] ?? Promise.reject(new Error('ENOTFOUND')),
    (line) => said.push(line),
  )
  expect(resolved).toEqual({
    routed: [
      { network: '10.1.2.3', port: 443 },
      { network: '10.1.2.4', port: 443 },
      { network: '10.9.0.0/16', port: undefined },
    ],
    loopback: [
      { host: 'localhost', port: 5055 },
      { host: '127.0.0.1', port: 5056 },
    ],
  })
  expect(said).toEqual([expect.stringContaining('gone')])
})
