import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Chart,
  containerOf,
  everything,
  openChart,
  required,
  surroundingsOf,
  timeout,
} from './chart.ts'

describe('the doors of the chart', { timeout }, () => {
  let chart: Chart
  beforeAll(async () => {
    chart = await openChart()
  }, timeout)
  afterAll(async () => chart[Symbol.asyncDispose]())

  it.for([required, everything])(
    'let agents in by TLS alone, by a name that the certificate has, with %j',
    async (values, { skip }) => {
      if (chart.isAbsent) skip('helm could not be built')
      const text = await chart.render(values)
      const agent = surroundingsOf(containerOf(text, 'agent'))
      const server = containerOf(text, 'server')
      const told = surroundingsOf(server)
      const { protocol, hostname, port } = new URL(agent['KILN_SERVER_URL'] ?? '')
      expect([protocol, hostname, port]).toEqual(['https:', 'farm-nodes.kiln.svc', '8443'])
      expect(told['KILN_NODES_LISTEN']).toBe(`0.0.0.0:${port}`)
      expect(told['KILN_NODES_NAMES']?.split(',')).toContain(hostname)
      expect(server.ports).toContainEqual({ name: 'nodes', containerPort: Number(port) })
      // They go the way of the server, where the door is the gateway's, too.
      expect(Object.keys({ ...agent, ...told }).filter((name) => /GATEWAY/.test(name))).toEqual([])
      const isGiven = values.includes('secrets.nodes=kiln-nodes')
      expect(told['KILN_NODES_CERT_FILE'] !== undefined).toBe(isGiven)
      // Else the token for joining names the authority.
      expect(agent['KILN_SERVER_CA_FILE'] !== undefined).toBe(isGiven)
      expect(agent['KILN_JOIN_TOKEN_FILE']).toBe('/etc/kiln/join/$(KILN_NODE_NAME)')
    },
  )

  it('have the names that nodes elsewhere know the farm by', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const told = surroundingsOf(containerOf(await chart.render(everything), 'server'))
    expect(told['KILN_NODES_NAMES']).toBe('farm-nodes.kiln.svc,farm.example.com')
    const spoilt = chart.render([...required, 'nodes.names[0]=https://farm.example.com'])
    await expect(spoilt).rejects.toThrow(/nodes\.?\/?names/)
  })
})
