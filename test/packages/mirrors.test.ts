import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../process/run.ts'
import { createClient, type Submission } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { pushDebian } from './debian-base.ts'

const timeout = 600_000

/** Where this machine itself gets packages from stands for a mirror. */
async function findMirrors() {
  const folder = '/etc/apt/sources.list.d'
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sources'))
  const texts = await Promise.all(files.map(async (name) => readFile(join(folder, name), 'utf8')))
  const [, apt = ''] = /^URIs: (https?:\/\/[^/]+)\/debian/m.exec(texts.join('\n')) ?? []
  const script = 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)'
  const { stdout } = await run('python3', ['-c', script], {
    limitMs: 30_000,
    environment: process.env,
  })
  return { apt, pip: stdout.trim() }
}

/** A base that says nothing of use about where packages come from: without a mirror nothing could be installed. */
const lost = (debian: string) => `FROM ${debian}
RUN python3 -m venv /opt/venv
RUN <<EOF
set -e
rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
. /etc/os-release
printf 'Types: deb\\nURIs: http://nowhere.invalid/debian\\nSuites: %s\\nComponents: main\\n' "$VERSION_CODENAME" > /etc/apt/sources.list.d/debian.sources
echo "deb http://nowhere.invalid/debian-security $VERSION_CODENAME-security main" > /etc/apt/sources.list
EOF
ENV PATH=/opt/venv/bin:/usr/sbin:/usr/bin:/sbin:/bin PIP_INDEX_URL=https://nowhere.invalid/simple
`

describe('mirrors of packages', { timeout }, () => {
  let farm: Farm
  let debian: string | undefined
  beforeAll(async () => {
    const mirrors = await findMirrors()
    farm = await startFarm({
      environment: {
        KILN_APT_MIRROR: mirrors.apt,
        KILN_PIP_INDEX_URL: mirrors.pip,
        KILN_CONDA_CHANNEL_ALIAS: 'https://nowhere.invalid/conda/',
      },
    })
    debian = await pushDebian(farm)
    if (debian !== undefined) await build({ name: 'lost', dockerfile: lost(debian) })
  }, timeout)
  afterAll(async () => farm[Symbol.asyncDispose]())

  const build = async (body: Submission) => {
    const client = createClient(farm.url)
    return client.until(await client.submit(body), ({ status }) => status !== 'building', timeout)
  }

  it('take the place of what the base says, and are not in the image', async ({ skip }) => {
    skip(debian === undefined, 'no Debian could be made here')
    const packages = { apt: ['jq'], pip: ['six'] }
    const done = await build({ name: 'found', base_image: 'lost', packages })
    expect(done).toMatchObject({ status: 'succeeded', failure: null })
    const check = `FROM found
RUN jq --version && python -c 'import six'
RUN cat /etc/apt/sources.list /etc/apt/sources.list.d/* > /tmp/all && test "$(grep -c nowhere.invalid /tmp/all)" = 2
RUN test ! -e /etc/pip.conf && test "$PIP_INDEX_URL" = https://nowhere.invalid/simple`
    expect(await build({ name: 'check', dockerfile: check })).toMatchObject({ failure: null })
  })

  it('say so when they do not answer', async ({ skip }) => {
    skip(debian === undefined, 'no Debian could be made here')
    const conda = `FROM ${debian}
RUN <<EOF
printf '#!/bin/sh\\nexec python3 -c "import os, urllib.request; alias = open(os.environ[\\\\"CONDARC\\\\"]).read().split()[1]; urllib.request.urlopen(alias)"\\n' > /usr/bin/conda
chmod 755 /usr/bin/conda
EOF`
    expect(await build({ name: 'conda', dockerfile: conda })).toMatchObject({ failure: null })
    const packages = { conda: ['numpy'], conda_channels: ['conda-forge'] }
    const done = await build({ name: 'away', base_image: 'conda', packages })
    expect(done.failure).toMatchObject({ code: 'packages_unreachable', actor: 'farm' })
  })
})
