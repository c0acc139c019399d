import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Chart,
  containerOf,
  everything,
  ingress,
  manifestsOf,
  openChart,
  required,
  surroundingsOf,
  timeout,
} from './chart.ts'

/** Whom the policy of the server lets come to a port. */
function callersOf(text: string, port: string): readonly unknown[] {
  const found = manifestsOf(text).find(
    ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'farm-server',
  )
  return (found?.spec?.ingress ?? [])
    .filter(({ ports }) => ports.some((one) => one.port === port))
    .flatMap(({ from }) => from)
}

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

  it('are known to the server by the address that people have', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const address = async (values: readonly string[]) =>
      surroundingsOf(containerOf(await chart.render(values), 'server'))['KILN_PUBLIC_URL']
    expect(await address(required)).toBeUndefined()
    expect(await address(everything)).toBe('https://kiln.example.com')
    const own = 'server.env.KILN_PUBLIC_URL=https://front.example.com'
    const text = await chart.render([...everything, own])
    expect(text.match(/name: KILN_PUBLIC_URL.*/g)).toEqual([
      'name: KILN_PUBLIC_URL, value: "https://front.example.com" }',
    ])
  })

  it('have hosts for the ports of environments, where they are to have any', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const read = async (values: readonly string[]) => {
      const text = await chart.render([...values, 'networkPolicy.enabled=false'])
      const found = manifestsOf(text).find(({ kind }) => kind === 'Ingress')?.spec
      const url = surroundingsOf(containerOf(text, 'server'))['KILN_ENVIRONMENTS_URL']
      return { url, tls: found?.tls, hosts: found?.rules?.map(({ host }) => host) }
    }
    const people = { hosts: ['kiln.example.com'], secretName: 'kiln-tls' }
    expect(await read(ingress)).toEqual({
      url: undefined,
      tls: [people],
      hosts: ['kiln.example.com'],
    })
    const ports = '*.environments.example.com'
    expect(await read(everything)).toEqual({
      url: `https://${ports}`,
      tls: [people, { hosts: [ports], secretName: 'kiln-environments-tls' }],
      hosts: ['kiln.example.com', ports],
    })
    const wild = `ingress.environmentsHost=${ports}`
    await expect(read([...ingress, wild])).rejects.toThrow(/environmentsHost/)
    const bare = 'ingress.environmentsHost=environments.example.com'
    await expect(read([...ingress, bare])).rejects.toThrow(/environmentsTlsSecret/)
  })

  it('let the ingress through where a policy says who may come', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const nobody = chart.render(ingress)
    await expect(nobody).rejects.toThrow(/networkPolicy\.ingressFrom/)
    const open = manifestsOf(await chart.render([...ingress, 'networkPolicy.enabled=false']))
    expect(open.map(({ kind }) => kind)).not.toContain('NetworkPolicy')
    const from = 'networkPolicy.ingressFrom[0].podSelector.matchLabels.app=nginx'
    const guarded = await chart.render([...ingress, from])
    expect(callersOf(guarded, 'http')).toEqual([{ podSelector: { matchLabels: { app: 'nginx' } } }])
  })

  it('are for those alone who need them', async ({ skip }) => {
    if (chart.isAbsent) skip('helm could not be built')
    const agents = expect.objectContaining({ podSelector: expect.anything() })
    const text = await chart.render(required)
    expect(callersOf(text, 'nodes')).toEqual([agents])
    expect(callersOf(text, 'http')).toEqual([])
    expect(callersOf(text, 'metrics')).toEqual([])
    const all = await chart.render(everything)
    expect(callersOf(all, 'nodes')).toEqual([agents, { ipBlock: { cidr: '192.0.2.0/24' } }])
    expect(callersOf(all, 'http')).toEqual([
      { namespaceSelector: { matchLabels: { name: 'ingress' } } },
      { namespaceSelector: { matchLabels: { name: 'ci' } } },
    ])
  })
})
