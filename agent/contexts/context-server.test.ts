import { expect, it } from 'vitest'
import { createContextServer } from './context-server.ts'
import { listenOnLoopback } from '../../test/listen-on-loopback.ts'

const giving = (text: string) =>
  async function* read() {
    yield Buffer.from(text)
  }

it('gives a context to who knows its URL, for as long as it is lent', async () => {
  await using server = createContextServer(listenOnLoopback)
  const first = await server.lend('sha256:a', giving('a'))
  const same = await server.lend('sha256:a', giving('a'))
  const other = await server.lend('sha256:b', giving('b'))
  expect(same.url).toBe(first.url)
  expect(await (await fetch(other.url)).text()).toBe('b')
  first[Symbol.dispose]()
  expect(await (await fetch(same.url)).text()).toBe('a')
  same[Symbol.dispose]()
  expect((await fetch(same.url)).status).toBe(404)
  const again = await server.lend('sha256:a', giving('a'))
  expect(again.url).not.toBe(first.url)
})

it('answers to nothing else: a digest is no right to read', async () => {
  await using server = createContextServer(listenOnLoopback)
  const { url } = await server.lend('sha256:a', giving('a'))
  for (const path of ['/', '/sha256:a', '/a.tar', '/context.tar', `${new URL(url).pathname}x`]) {
    expect((await fetch(new URL(path, url))).status).toBe(404)
  }
  expect((await fetch(url, { method: 'POST' })).status).toBe(404)
})

it('cuts the connection when it cannot give all of it', async () => {
  await using server = createContextServer(listenOnLoopback)
  const { url } = await server.lend('sha256:a', async function* read() {
    yield Buffer.from('begin')
    throw new Error('the rest is lost')
  })
  await expect((async () => (await fetch(url)).text())()).rejects.toThrow('terminated')
})

it('listens again after that has failed', async () => {
  let tries = 0
  await using server = createContextServer(async () => {
    tries += 1
    if (tries === 1) throw new Error('the network of the daemon is not there')
    return listenOnLoopback()
  })
  await expect(server.lend('sha256:a', giving('a'))).rejects.toThrow('not there')
  const { url } = await server.lend('sha256:a', giving('a'))
  expect(await (await fetch(url)).text()).toBe('a')
})
