import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { installRelease } from '../../embedded/resolve/release.ts'

let archive: Buffer
let server: Server
let url: string
let folder: string

beforeEach(async () => {
  const files = ['bin/buildkitd', 'bin/buildctl', 'bin/other']
  const body = new TextEncoder().encode('#!/bin/sh\n')
  const entries = files.map((name) => ({ header: { name, size: body.length }, body }))
  archive = gzipSync(await packTar(entries))
  server = createServer((_, reply) => reply.end(archive)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/buildkit.tar.gz`
  folder = join(await mkdtemp(join(tmpdir(), 'kiln-release-')), 'buildkit')
})
afterEach(async () => {
  server.close()
  await rm(join(folder, '..'), { recursive: true, force: true })
})

const signal = new AbortController().signal

it('installs the binaries of a release whose checksum is right', async () => {
  const sha256 = createHash('sha256').update(archive).digest('hex')
  await installRelease('buildkit', { url, sha256 }, folder, signal)
  await access(join(folder, 'buildkitd'))
  await access(join(folder, 'buildctl'))
  await expect(access(join(folder, 'other'))).rejects.toThrow('ENOENT')
})

it('installs nothing when one byte differs', async () => {
  const sha256 = createHash('sha256').update('something else').digest('hex')
  await expect(installRelease('buildkit', { url, sha256 }, folder, signal)).rejects.toThrow(
    /sha-?256|checksum/i,
  )
  await expect(access(folder)).rejects.toThrow('ENOENT')
})
