import { expect, it } from 'vitest'
import type { ImagePackage, ImagePackages } from '#contract/image-packages.ts'
import { makeLock } from './make-lock.ts'

const image = (packages: readonly ImagePackage[]): ImagePackages => ({
  packages: [...packages],
  unread: [],
  truncated: false,
})
const site = '/opt/venv/lib/python3.11/site-packages'
const base: readonly ImagePackage[] = [
  { kind: 'deb', name: 'libc6', version: '2.36-9', arch: 'amd64' },
  { kind: 'python', name: 'torch', version: '2.1.0+cu118', place: site },
  { kind: 'python', name: 'pip', version: '23.0.1', place: site },
]
const added: readonly ImagePackage[] = [
  { kind: 'deb', name: 'jq', version: '1.6-2.1+deb12u1', arch: 'amd64' },
  { kind: 'python', name: 'typing_extensions', version: '4.12.0', place: site },
  { kind: 'python', name: 'pip', version: '24.0', place: site },
  { kind: 'python', name: 'apt_pkg', version: '2', place: '/usr/lib/python3/dist-packages' },
  { kind: 'conda', name: 'numpy', version: '2.1.0', place: '/opt/conda' },
  { kind: 'python', name: 'numpy', version: '2.1.0', place: '/opt/conda/lib/site-packages' },
  { kind: 'python', name: 'twice', version: '1', place: site },
  { kind: 'python', name: 'twice', version: '2', place: '/other' },
  { kind: 'python', name: 'odd', version: 'not a version', place: site },
]

it('lists what the image has beyond its base, at its version', () => {
  expect(makeLock(image([...base, ...added]), image(base))).toEqual({
    lists: {
      apt: ['jq=1.6-2.1+deb12u1'],
      pip: ['pip==24.0', 'typing-extensions==4.12.0'],
      pip_constraints: [],
      conda: ['numpy==2.1.0'],
      conda_channels: [],
    },
    omitted: 2,
  })
})

it('lists all of it where nobody knows the base', () => {
  const { lists } = makeLock(image(base), undefined)
  expect(lists.apt).toEqual(['libc6=2.36-9'])
  expect(lists.pip).toEqual(['pip==23.0.1', 'torch==2.1.0+cu118'])
})
