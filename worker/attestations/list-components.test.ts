import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { expect, it } from 'vitest'
import { parseDigest } from '#contract/image.ts'
import type { ImagePackages } from '#contract/image-packages.ts'
import { listComponents } from './list-components.ts'

const image = { name: 'host/team/app', digest: parseDigest(`sha256:${'a'.repeat(64)}`) }
const packages: ImagePackages = {
  packages: [
    { kind: 'deb', name: 'libc6', version: '2.35-0ubuntu3', arch: 'amd64', source: 'glibc' },
    { kind: 'python', name: 'ruamel_yaml', version: '0.18.6', place: '/opt/venv' },
    { kind: 'conda', name: 'libgcc-ng', version: '13.2.0', place: '/opt/conda' },
  ],
  os: { id: 'ubuntu', version: '22.04' },
  unread: ['rpm'],
  truncated: false,
}
const found = { packages, readBy: 'node' as const }

it('is CycloneDX by its own schema', async () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6)
  expect(await validator.validate(JSON.stringify(listComponents(image, found)))).toBeNull()
})

it('names each package by its address, and says what is not listed', () => {
  expect(listComponents(image, found)).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: {
      component: {
        type: 'container',
        name: image.name,
        version: image.digest,
        properties: [
          { name: 'kiln:not-listed', value: 'rpm packages' },
          { name: 'kiln:packages-read-by', value: 'node' },
        ],
      },
    },
    components: [
      { name: 'libc6', purl: expect.stringMatching(/^pkg:deb\/ubuntu\/libc6@2.35-0ubuntu3\?/) },
      { name: 'ruamel_yaml', purl: 'pkg:pypi/ruamel-yaml@0.18.6' },
      { name: 'libgcc-ng', purl: 'pkg:conda/libgcc-ng@13.2.0' },
    ],
  })
})

it('is the same for the same image', () => {
  const again = { ...packages, packages: packages.packages.map((one) => ({ ...one })) }
  expect(listComponents(image, { ...found, packages: again })).toEqual(listComponents(image, found))
})
