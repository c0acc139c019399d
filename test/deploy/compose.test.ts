import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { findTool } from '../find-tool.ts'
import { checkSurroundings, type ProcessName, type Surroundings } from './check-surroundings.ts'
import {
  type ComposeProject,
  type ComposeService,
  filledIn,
  renderCompose,
} from './render-compose.ts'

/** What a process then finds in its surroundings. */
function told(environment: NonNullable<ComposeService['environment']>): Surroundings {
  return Object.fromEntries(
    Object.entries(environment).map(([key, value]) => [key, value ?? undefined]),
  )
}

const timeout = 400_000

describe('deploy/compose.yaml', { timeout }, () => {
  let tool: string | undefined
  beforeAll(async () => {
    tool = await findTool('compose', 'compose-spec')
  }, timeout)

  const render = async (variables: Surroundings) => renderCompose(tool ?? '', variables)

  it('is what the Compose specification allows, and names what must be filled in', async ({
    skip,
  }) => {
    if (tool === undefined) skip('the reader of Compose files could not be built')
    const { services } = await render(filledIn)
    expect(Object.keys(services)).toEqual(expect.arrayContaining(['server', 'worker', 'agent']))
    const { KILN_API_TOKEN: _, ...less } = filledIn
    await expect(render(less)).rejects.toThrow(/KILN_API_TOKEN/)
  })

  it.for([
    ['server', 'KILN_DATABASE_URL'],
    ['worker', 'KILN_TEMPORAL_ADDRESS'],
    ['agent', 'KILN_SERVER_URL'],
  ] as const)(
    'tells the %s what it must know, and nothing else',
    async ([name, required], { skip }) => {
      if (tool === undefined) skip('the reader of Compose files could not be built')
      const { environment = {} } = (await render(filledIn)).services[name] ?? {}
      expect(await checkSurroundings(name, told(environment))).toEqual([])
      const less = { ...told(environment), [required]: undefined }
      await expect(checkSurroundings(name, less)).rejects.toThrow(required)
    },
  )

  it('uses components of one’s own instead', async ({ skip }) => {
    if (tool === undefined) skip('the reader of Compose files could not be built')
    const own = {
      KILN_DATABASE_URL: 'postgres://kiln:secret@postgres.example.com/kiln?sslmode=verify-full',
      KILN_TEMPORAL_ADDRESS: 'temporal.example.com:7233',
      KILN_REGISTRY_URL: 'https://harbor.example.com',
    }
    const { services } = await render({ ...filledIn, ...own })
    for (const name of ['server', 'worker'] satisfies ProcessName[])
      expect(services[name]?.environment).toMatchObject(own)
    expect(services['migrate']?.environment).toMatchObject({
      KILN_DATABASE_URL: own.KILN_DATABASE_URL,
    })
    expect(services['namespace']?.command).toContain(own.KILN_TEMPORAL_ADDRESS)
    // Handed on where they are set.
    const access = ['TLS', 'CA_FILE', 'CERT_FILE', 'KEY_FILE', 'SERVER_NAME', 'API_KEY']
    for (const name of ['server', 'worker', 'namespace'])
      expect(Object.keys(services[name]?.environment ?? {})).toEqual(
        expect.arrayContaining(access.map((one) => `KILN_TEMPORAL_${one}`)),
      )
  })

  it.for([
    ['server', { KILN_OIDC_ISSUER: 'https://id.example.com', KILN_OIDC_CLIENT_ID: 'kiln' }],
    ['worker', { KILN_REBUILDS_AT_ONCE: '2', KILN_LOG_LEVEL: 'debug' }],
    ['agent', { KILN_BUILD_DNS: '10.0.0.53', KILN_EGRESS_ALLOW: 'mirror.corp:443' }],
  ] as const)(
    'leaves what else the %s may be told to a file of its own',
    async ([name, more], { skip }) => {
      if (tool === undefined) skip('the reader of Compose files could not be built')
      const { services } = await render({ ...filledIn, SETTINGS_DIR: '/etc/kiln' })
      const { environment = {}, env_file: files } = services[name] ?? {}
      expect(files).toEqual([{ path: `/etc/kiln/${name}.env`, required: false }])
      // What is named here as well, be it without a value, would win.
      for (const key of Object.keys(more)) expect(environment).not.toHaveProperty(key)
      expect(await checkSurroundings(name, { ...more, ...told(environment) })).toEqual([])
    },
  )

  it('shows all that speak to the registry the authority of one’s own', async ({ skip }) => {
    if (tool === undefined) skip('the reader of Compose files could not be built')
    const own = { SECRETS_DIR: '/etc/kiln/secrets', KILN_REGISTRY_CA: '/run/registry/ca.pem' }
    const { services } = await render({ ...filledIn, ...own })
    for (const name of ['server', 'worker', 'agent'] satisfies ProcessName[]) {
      const { environment, volumes } = services[name] ?? {}
      expect(Object.keys(environment ?? {})).toContain('KILN_REGISTRY_CA')
      const mounted = {
        type: 'bind',
        source: '/etc/kiln/secrets/registry',
        target: '/run/registry',
      }
      expect(volumes).toContainEqual(expect.objectContaining({ ...mounted, read_only: true }))
    }
  })

  it('asks each process how it is, where it tells', async ({ skip }) => {
    if (tool === undefined) skip('the reader of Compose files could not be built')
    const { services } = await render(filledIn)
    for (const name of ['server', 'worker', 'agent'] satisfies ProcessName[]) {
      const { environment = {}, healthcheck } = services[name] ?? {}
      const listens = [environment['KILN_METRICS_LISTEN'], environment['KILN_SERVER_LISTEN']]
      const asked = /http:\/\/[\d.]+(:\d+)\/readyz/.exec(healthcheck?.test.join(' ') ?? '')?.[1]
      expect([name, listens.some((at) => asked !== undefined && at?.endsWith(asked))]).toEqual([
        name,
        true,
      ])
    }
  })

  it('lets nodes in by TLS alone, at a name that the server has a certificate for', async ({
    skip,
  }) => {
    if (tool === undefined) skip('the reader of Compose files could not be built')
    const { services } = await render({ ...filledIn, PUBLIC_HOST: 'kiln.example.com' })
    const [agent, server] = [services['agent'], services['server']].map((one) => one?.environment)
    const { protocol, hostname, port } = new URL(agent?.['KILN_SERVER_URL'] ?? '')
    expect(protocol).toBe('https:')
    expect(agent).not.toHaveProperty('KILN_GATEWAY_URL')
    expect(server?.['KILN_NODES_LISTEN']).toBe(`0.0.0.0:${port}`)
    expect(server?.['KILN_NODES_NAMES']?.split(',')).toEqual([hostname, 'kiln.example.com'])
    const own = await render({ ...filledIn, KILN_NODES_NAMES: '10.0.0.5,a.example' })
    expect(own.services['server']?.environment).toMatchObject({
      KILN_NODES_NAMES: `${hostname},10.0.0.5,a.example`,
    })
  })

  it('has a token made that the first operator signs in with, where it stays', async ({ skip }) => {
    if (tool === undefined) skip('the reader of Compose files could not be built')
    const { environment, volumes = [] } = (await render(filledIn)).services['server'] ?? {}
    const file = environment?.['KILN_ADMIN_TOKEN_FILE'] ?? ''
    const kept = volumes.filter(({ type }) => type === 'volume').map(({ target }) => target)
    expect(kept).toContain(dirname(file))
    expect(await readFile('docs/deploy.md', 'utf8')).toContain(`exec server cat ${file}`)
  })

  it('tells the server where browsers reach it, so that their cookies are for TLS alone', async ({
    skip,
  }) => {
    if (tool === undefined) skip('the reader of Compose files could not be built')
    const urlOf = async (variables: Surroundings) =>
      (await render({ ...filledIn, ...variables })).services['server']?.environment?.[
        'KILN_PUBLIC_URL'
      ]
    expect(await urlOf({ PUBLIC_HOST: 'kiln.example.com' })).toBe('https://kiln.example.com')
    const own = { PUBLIC_HOST: 'kiln.example.com', KILN_PUBLIC_URL: 'https://farm.example:444' }
    expect(await urlOf(own)).toBe(own.KILN_PUBLIC_URL)
  })

  it('leads the names of environments’ ports to the server, where they have any', async ({
    skip,
  }) => {
    if (tool === undefined) skip('the reader of Compose files could not be built')
    const site = ({ configs }: ComposeProject) =>
      /^.*(?= \{\n +tls )/m.exec(configs['caddyfile']?.content ?? '')
    const without = await render(filledIn)
    expect(site(without)?.[0]).toBe('{$PUBLIC_HOST}')
    const host = 'environments.example.com'
    const project = await render({ ...filledIn, ENVIRONMENTS_HOST: host })
    expect(site(project)?.[0]).toBe(`{$PUBLIC_HOST}, *.${host}`)
    for (const [{ services }, url] of [
      [without, ''],
      [project, `https://*.${host}`],
    ] as const) {
      const { environment = {} } = services['server'] ?? {}
      expect(environment).toMatchObject({ KILN_ENVIRONMENTS_URL: url })
      expect(await checkSurroundings('server', told(environment))).toEqual([])
    }
  })

  it('keeps Postgres and Temporal from those that others reach', async ({ skip }) => {
    if (tool === undefined) skip('the reader of Compose files could not be built')
    const { services } = await render(filledIn)
    const networksOf = (name: string) => Object.keys(services[name]?.networks ?? {})
    const meeting = (name: string) => {
      const shares = ([, other]: [string, ComposeService]) =>
        networksOf(name).some((network) => Object.keys(other.networks ?? {}).includes(network))
      return Object.entries(services)
        .filter(shares)
        .map(([other]) => other)
    }
    for (const name of ['agent', 'edge'])
      expect(meeting(name).toSorted()).toEqual(['agent', 'edge', 'registry', 'server'])
    expect(meeting('worker')).toEqual(
      expect.arrayContaining(['postgres', 'temporal', 'registry', 'server']),
    )
    for (const [name, { networks }] of Object.entries(services))
      expect([name, networks]).not.toEqual([name, expect.objectContaining({ default: null })])
  })

  it('shows no secret on a command line, which all of a host can read', async ({ skip }) => {
    if (tool === undefined) skip('the reader of Compose files could not be built')
    const { services } = await render({ ...filledIn, KILN_SIGNING_KEY_PASSWORD: 'key-password' })
    for (const [name, { command, healthcheck }] of Object.entries(services)) {
      const line = [...(command ?? []), ...(healthcheck?.test ?? [])].join(' ')
      expect([name, line]).not.toEqual([name, expect.stringMatching(/password|an-api-token/i)])
    }
  })

  it('lets nothing but the agent do more than it must', async ({ skip }) => {
    if (tool === undefined) skip('the reader of Compose files could not be built')
    const { services } = await render(filledIn)
    const kept: Record<string, readonly string[]> = {
      edge: ['NET_BIND_SERVICE'],
      postgres: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'],
    }
    for (const [name, service] of Object.entries(services)) {
      const isAgent = name === 'agent'
      const { privileged = false, cap_drop, cap_add = [], security_opt, mem_limit } = service
      expect({ name, privileged, cap_drop, cap_add, security_opt }).toEqual({
        name,
        privileged: isAgent,
        cap_drop: isAgent ? undefined : ['ALL'],
        cap_add: kept[name] ?? [],
        security_opt: isAgent ? undefined : ['no-new-privileges:true'],
      })
      expect([name, mem_limit]).toEqual([name, expect.stringMatching(/^\d+/)])
      // The image of Temporal's UI writes its own settings at the start.
      expect([name, service.read_only ?? false]).toEqual([
        name,
        !/^(agent|temporal-ui)$/.test(name),
      ])
    }
  })

  it('has every variable of its example, and the example every one that is needed', async () => {
    const [file, example] = await Promise.all(
      ['deploy/compose.yaml', 'deploy/compose/env.example'].map((path) => readFile(path, 'utf8')),
    )
    const named = [...(example ?? '').matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map(([, key]) => key)
    for (const key of named.filter((name) => name !== 'COMPOSE_PROFILES'))
      expect(file).toMatch(new RegExp(`\\$\\{${key}[:}-]|^ +${key}:$`, 'm'))
    const needed = [...(file ?? '').matchAll(/\$\{([A-Z_]+):\?/g)].map(([, key]) => key)
    expect(named).toEqual(expect.arrayContaining(needed))
  })
})
