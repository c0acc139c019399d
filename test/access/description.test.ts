import { createConfig, lintFromString } from '@redocly/openapi-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publicRoutes } from '../../server/openapi/document.ts'
import { operations } from '../../server/openapi/resources.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'

let server: ServerAlone
let text: string
beforeAll(async () => {
  server = await startServerAlone({ KILN_REGISTRY_URL: 'http://127.0.0.1:1' })
  text = await (await fetch(new URL('/api/openapi.json', server.url))).text()
})
afterAll(async () => server[Symbol.asyncDispose]())

interface Described {
  readonly operationId: string
  readonly summary: string
  readonly parameters?: readonly { readonly name: string; readonly description?: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { example?: object }>> }
}

const readOperations = () => {
  const { paths } = JSON.parse(text) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      route: `${method.toUpperCase()} ${path}`,
      ...operation,
    })),
  )
}

describe('the description of the API', () => {
  it('has every route, and nothing else', () => {
    const routes = publicRoutes(server.routes)
    expect([...routes].filter((route) => !operations.has(route))).toEqual([])
    expect([...operations.keys()].filter((route) => !routes.has(route))).toEqual([])
    expect(readOperations()).toHaveLength(routes.size)
  })

  it('passes the linter of its kind', async () => {
    const config = await createConfig({
      extends: ['recommended'],
      rules: {
        // Every operation has its refusals under `default`.
        'operation-4xx-response': 'off',
        // Events of a stream are told of in words: OpenAPI 3.1 has no place for them.
        'no-unused-components': 'off',
      },
    })
    const found = await lintFromString({ source: text, config })
    expect(
      found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]),
    ).toEqual([])
  })

  it('says what every parameter means, and shows a body for whatever takes one', () => {
    for (const { route, parameters = [], requestBody } of readOperations()) {
      for (const { name, description } of parameters) {
        expect([route, name, description ?? '']).toEqual([
          route,
          name,
          expect.stringMatching(/\w{2} /),
        ])
      }
      const json = requestBody?.content['application/json']
      if (json !== undefined && route !== 'POST /api/webhooks/harbor') {
        expect([route, json.example]).toEqual([route, expect.anything()])
      }
    }
  })

  it('shows bodies that the routes take', async () => {
    for (const { route, requestBody } of readOperations()) {
      const example = requestBody?.content['application/json']?.example
      if (example === undefined) continue
      const [method = '', path = ''] = route.split(' ')
      const concrete = path
        .replaceAll('{id}', path.includes('images') ? '1' : 'none')
        .replaceAll('{version}', '1')
        .replaceAll(/\{[a-z]+\}/g, 'none')
      const reply = await fetch(new URL(concrete, server.url), {
        method,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(example),
      })
      // Whoever the caller is may be at fault, but no field.
      const { errors } = (await reply.json()) as { readonly errors?: unknown }
      expect([route, reply.status === 400 ? errors : undefined]).toEqual([route, undefined])
    }
  })

  it('takes the limits of a list from what judges the request', () => {
    const list = readOperations().find(({ operationId }) => operationId === 'listBuilds')
    expect(list?.parameters).toContainEqual(
      expect.objectContaining({
        name: 'limit',
        in: 'query',
        schema: expect.objectContaining({ type: 'integer', minimum: 1, maximum: 200, default: 50 }),
      }),
    )
  })
})

describe('the page of it', () => {
  it('has no script of another host, and everything that it names is there', async () => {
    const reply = await fetch(new URL('/api/docs', server.url))
    expect(reply.headers.get('content-security-policy')).toMatch(/script-src 'self';/)
    const page = await reply.text()
    expect(page).not.toMatch(/https?:\/\//)
    const named = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path)
    expect(named).toHaveLength(4)
    for (const path of named) {
      const file = await fetch(new URL(path, server.url))
      expect([path, file.status, (await file.text()).length > 100]).toEqual([path, 200, true])
    }
  })

  it('serves nothing else that lies beside it', async () => {
    for (const name of ['package.json', '..%2fpackage.json', 'index.js']) {
      expect((await fetch(new URL(`/api/docs/${name}`, server.url))).status).toBe(404)
    }
  })
})
