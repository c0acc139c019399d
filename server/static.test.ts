import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createOnError, notFound } from './middleware/on-error.ts'
import { consoleRoutes } from './static.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-console-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<title>Kiln</title>')
  await writeFile(join(folder, 'assets/main-1.js'), 'let whole')
  await writeFile(join(folder, 'assets/main-1.js.gz'), 'packed')
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

const serve = (consoleDir = folder) =>
  new Hono()
    .onError(createOnError(pino({ level: 'silent' })))
    .notFound(notFound)
    .get('/api/images', (c) => c.json({ images: [] }))
    .route('/', consoleRoutes({ consoleDir }))

it('leads to the console', async () => {
  const reply = await serve().request('/')
  expect([reply.status, reply.headers.get('location')]).toEqual([302, '/console/'])
})

it.each(['/console', '/console/', '/console/images/7', '/console/builds/build-1.2'])(
  'answers %s with the page, which is asked for anew each time and runs its own code only',
  async (path) => {
    const reply = await serve().request(path)
    expect(reply.status).toBe(200)
    expect(await reply.text()).toBe('<title>Kiln</title>')
    expect(reply.headers.get('cache-control')).toBe('no-cache')
    const policy = reply.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
  },
)

it('lets files with a name of their own be kept for ever, packed for who takes them so', async () => {
  const path = '/console/assets/main-1.js'
  const whole = await serve().request(path)
  expect(await whole.text()).toBe('let whole')
  expect(whole.headers.get('content-type')).toMatch(/javascript/)
  expect(whole.headers.get('cache-control')).toMatch(/immutable/)
  const packed = await serve().request(path, { headers: { 'accept-encoding': 'gzip' } })
  expect(packed.headers.get('content-encoding')).toBe('gzip')
  expect(await packed.text()).toBe('packed')
})

it('has no page for what is missing of the files, nor for what the API lacks', async () => {
  const app = serve()
  const paths = ['/console/assets/main-2.js', '/api/imagez', '/console/assets/../../package.json']
  const replies = await Promise.all(paths.map(async (path) => app.request(path)))
  expect(replies.map(({ status }) => status)).toEqual([404, 404, 404])
  expect(replies.map((reply) => reply.headers.get('content-type'))).toEqual([
    'application/problem+json',
    'application/problem+json',
    'application/problem+json',
  ])
  expect(replies[0]?.headers.get('cache-control')).toBeNull()
})

it('says so when nobody has built it', async () => {
  const reply = await serve(join(folder, 'none')).request('/console/')
  expect(reply.status).toBe(404)
  expect(await reply.json()).toMatchObject({ detail: expect.stringContaining('npm run build') })
})
