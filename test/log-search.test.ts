import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

it('searches the log of a build page by page and gives it as a file', async () => {
  const client = createClient(farm.url)
  const dockerfile = [
    `FROM ${farm.baseImage}`,
    String.raw`RUN printf '\033]0;title\007needle 0\n'; for i in 1 2 3; do echo "Needle $i"; done`,
  ].join('\n')
  const { id } = await client.build({ name: 'searched', dockerfile })
  const found: string[] = []
  let cursor = ''
  do {
    const page = await client.request(
      `/api/builds/${id}/logs/search?q=needle%20&ignore_case=true&stage=building&limit=2${cursor}`,
    )
    expect(page.status).toBe(200)
    const answer = (await page.json()) as {
      matches: { stream: string; text: string }[]
      next_cursor?: string
    }
    found.push(
      ...answer.matches.filter(({ stream }) => stream === 'stdout').map(({ text }) => text),
    )
    cursor = answer.next_cursor === undefined ? '' : `&cursor=${answer.next_cursor}`
  } while (cursor !== '')
  expect(found).toEqual(['needle 0', 'Needle 1', 'Needle 2', 'Needle 3'])

  const file = await client.request(`/api/builds/${id}/logs/download`)
  // fetch asks for gzip and unpacks it.
  expect(file.headers.get('content-encoding')).toBe('gzip')
  expect(file.headers.get('content-disposition')).toBe(`attachment; filename="${id}.log"`)
  expect(await file.text()).toMatch(/^# attempt 1\n[^]*\nneedle 0\nNeedle 1\n/)
  const raw = await client.request(`/api/builds/${id}/logs/download?ansi=keep`, {
    headers: { 'accept-encoding': 'identity' },
  })
  expect(raw.headers.get('content-encoding')).toBeNull()
  expect(await raw.text()).toContain('\u001B]0;title\u0007needle 0\n')
})

it('names what is wrong with a search', async () => {
  const client = createClient(farm.url)
  expect((await client.request('/api/builds/build-none/logs/search?q=x')).status).toBe(404)
  const { id } = await client.build({ name: 'empty', dockerfile: `FROM ${farm.baseImage}\n` })
  for (const [search, field] of [
    ['q=', 'q'],
    ['q=x&cursor=nowhere', 'cursor'],
    ['q=x&stage=none', 'stage'],
  ]) {
    const reply = await client.request(`/api/builds/${id}/logs/search?${search}`)
    expect(reply.status).toBe(400)
    expect(await reply.json()).toMatchObject({ errors: [{ field }] })
  }
})
