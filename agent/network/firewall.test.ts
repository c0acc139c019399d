import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { daemonRules, hostRules } from './firewall.ts'

const egress = {
  resolvers: ['10.255.255.53'],
  allowed: [
    { network: '10.1.2.3', port: 443 },
    { network: '10.9.0.0/16', port: undefined },
  ],
  denied: ['192.0.2.2', '10.1.2.9'],
}
const host = { ...egress, table: 'kiln_ab', prefix: 'knab', subnet: '10.213.0.0/16' }

describe('the rules of a daemon', () => {
  it('open what is allowed before they refuse what is not public', () => {
    const lines = daemonRules(egress)
      .split('\n')
      .map((line) => line.trim())
    const order = [
      'ip daddr 10.255.255.53 meta l4proto { tcp, udp } th dport 53 accept',
      'ip daddr 10.1.2.3 meta l4proto { tcp, udp } th dport 443 accept',
      'ip daddr 10.9.0.0/16 accept',
      'ip daddr @refused goto refuse',
      'meta nfproto ipv4 accept',
    ].map((line) => lines.indexOf(line))
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(order).not.toContain(-1)
  })

  it.each(['169.254.0.0/16', '127.0.0.0/8', '10.0.0.0/8', '192.0.2.2'])('refuse %s', (network) =>
    expect(daemonRules(egress)).toContain(network),
  )
})

it.each([
  ['daemon', daemonRules(egress)],
  ['daemon without a resolver', daemonRules({ resolvers: [], allowed: [], denied: [] })],
  ['host', hostRules(host)],
])('nft takes the rules of the %s, and again in their own place', (_, rules) => {
  // In a namespace of its own, which goes away with it.
  const nft = spawnSync('unshare', ['--net', 'nft', '-f', '-'], { input: rules + rules })
  expect(String(nft.stderr)).toBe('')
  expect(nft.status).toBe(0)
})
