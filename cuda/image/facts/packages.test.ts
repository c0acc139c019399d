import { packTar } from 'modern-tar'
import { describe, expect, it } from 'vitest'
import { imagePackages, maxPackages } from '#contract/wire/image-packages.ts'
import { analyseImage } from '../analyse-image.ts'

type Files = Readonly<Record<string, string>>

async function packagesOf(...layers: readonly Files[]) {
  const packed = layers.map(async (files) => {
    const entries = Object.entries(files).map(([name, text]) => {
      const body = new TextEncoder().encode(text)
      return { header: { name, size: body.length }, body }
    })
    const tar = await packTar(entries)
    async function* blob() {
      // In small pieces, as they come over a network.
      for (let at = 0; at < tar.length; at += 500) yield tar.subarray(at, at + 500)
    }
    return { mediaType: 'application/vnd.oci.image.layer.v1.tar', blob: blob() }
  })
  const config = { os: 'linux', architecture: 'amd64', env: [] }
  const { packages } = await analyseImage(config, await Promise.all(packed))
  return imagePackages.parse(packages)
}

const dpkg = `Package: bash
Status: install ok installed
Priority: required
Architecture: amd64
Version: 5.1-6ubuntu1
Description: GNU Bourne Again SHell
 Bash is an sh-compatible command language interpreter.
 .
 Version: not a field of it

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc (2.35-1)
Version: 2.35-0ubuntu3
`

describe('packages', () => {
  it("are those that dpkg's list says are installed", async () => {
    const os = 'NAME="Ubuntu"\nVERSION_ID="22.04"\nID=ubuntu\n'
    const found = await packagesOf({ 'var/lib/dpkg/status': dpkg, 'usr/lib/os-release': os })
    expect(found).toEqual({
      packages: [
        { kind: 'deb', name: 'bash', version: '5.1-6ubuntu1', arch: 'amd64' },
        { kind: 'deb', name: 'libc6', version: '2.35-0ubuntu3', arch: 'amd64', source: 'glibc' },
      ],
      os: { id: 'ubuntu', version: '22.04' },
      unread: [],
      truncated: false,
    })
  })

  it('are those of images without a package manager', async () => {
    const path = 'var/lib/dpkg/status.d/tzdata'
    const { packages } = await packagesOf({ [path]: 'Package: tzdata\nVersion: 2024a-0\n' })
    expect(packages).toEqual([{ kind: 'deb', name: 'tzdata', version: '2024a-0' }])
  })

  it("are those of apk's list", async () => {
    const list = 'C:Q1x=\nP:ssl_client\nV:1.36.1-r2\nA:x86_64\no:busybox\n\nP:musl\nV:1.2.4-r1\n\n'
    const { packages } = await packagesOf({ 'lib/apk/db/installed': list })
    expect(packages).toEqual([
      { kind: 'apk', name: 'musl', version: '1.2.4-r1' },
      { kind: 'apk', name: 'ssl_client', version: '1.36.1-r2', arch: 'x86_64', source: 'busybox' },
    ])
  })

  it('are what Python and conda have installed, each in its place', async () => {
    const site = 'opt/venv/lib/python3.10/site-packages'
    const { packages } = await packagesOf({
      [`${site}/numpy-1.26.4.dist-info/METADATA`]: 'Name: numpy',
      [`${site}/ruamel.yaml-0.18.6.dist-info/METADATA`]: '',
      'usr/lib/python3/dist-packages/PyYAML-5.4.1.egg-info': '',
      'opt/conda/conda-meta/libgcc-ng-13.2.0-h807b86a_5.json': '{}',
    })
    expect(packages).toEqual([
      { kind: 'conda', name: 'libgcc-ng', version: '13.2.0', place: '/opt/conda' },
      { kind: 'python', name: 'numpy', version: '1.26.4', place: `/${site}` },
      {
        kind: 'python',
        name: 'pyyaml',
        version: '5.4.1',
        place: '/usr/lib/python3/dist-packages',
      },
      { kind: 'python', name: 'ruamel_yaml', version: '0.18.6', place: `/${site}` },
    ])
  })

  it('are those of the highest layer', async () => {
    const site = 'usr/lib/python3.10/site-packages'
    const below = { [`${site}/old-1.dist-info/METADATA`]: '', 'var/lib/dpkg/status': dpkg }
    const above = { [`${site}/.wh.old-1.dist-info`]: '', 'var/lib/dpkg/status': '' }
    expect((await packagesOf(below, above)).packages).toEqual([])
  })

  it('say which lists were not read, and when there are more than are kept', async () => {
    expect(await packagesOf({ 'var/lib/rpm/rpmdb.sqlite': '' })).toMatchObject({ unread: ['rpm'] })
    const many = Array.from({ length: maxPackages + 1 }, (_, i) => `P:p${i}\nV:1\n`).join('\n')
    const found = await packagesOf({ 'lib/apk/db/installed': many })
    expect(found.packages).toHaveLength(maxPackages)
    expect(found.truncated).toBe(true)
  })
})
