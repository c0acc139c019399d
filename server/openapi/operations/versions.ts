import {
  attestation,
  versionDetail,
  versionDiff,
  versionLock,
  versionPage,
  versionSummary,
} from '#contract/wire/answers/image.ts'
import { json, type Resource } from '../operation.ts'

const all = '/api/images/:id{[0-9]+}/versions'
const one = `${all}/:version{[0-9]+}`

export const versions: Resource = {
  name: 'Versions',
  description: 'What the name of an image has pointed at: digests, each with its number.',
  operations: {
    [`GET ${all}`]: {
      id: 'listVersions',
      summary: 'List the versions of an image',
      answer: json(versionPage, 'One page of versions, newest first.'),
    },
    [`GET ${one}`]: {
      id: 'getVersion',
      summary: 'Show a version whole',
      description:
        'Who asked for it, from what it was built, its layers and configuration, and where it runs.',
      answer: json(versionDetail, 'The version.'),
    },
    [`PATCH ${one}`]: {
      id: 'changeVersion',
      summary: 'Pin a version, or say why it should not be used',
      answer: json(versionSummary, 'The version as it is now.'),
      refusals: ['version_deleted'],
      example: { pinned: true },
    },
    [`DELETE ${one}`]: {
      id: 'deleteVersion',
      summary: 'Delete a version',
      description:
        'For `grace_seconds` it can be undone. Refused with the reason while it is in use.',
      answer: json(versionSummary, 'The version, with its deletion.', 202),
      refusals: ['in_use', 'version_deleted'],
    },
    [`POST ${one}/restore`]: {
      id: 'restoreVersion',
      summary: 'Undo the deletion of a version',
      answer: json(versionSummary, 'It stays.'),
      refusals: ['deletion_begun'],
    },
    [`GET ${one}/lock`]: {
      id: 'getLock',
      summary: 'Show the lock of a version',
      description:
        'What it has beyond its base, at its versions; `from_lock` of a submit builds that again.',
      answer: json(versionLock, 'Base and packages.'),
      refusals: ['packages_unread'],
    },
    [`GET ${one}/:kind{signature|provenance|sbom}`]: {
      id: 'getAttestation',
      summary: 'Show what hangs on a version in the registry',
      answer: json(attestation, 'The document whole, with its state.'),
    },
    [`GET ${all}/:from{[0-9]+}/diff/:to{[0-9]+}`]: {
      id: 'diffVersions',
      summary: 'Tell what changes from one version to another',
      description: 'Only the packages are paged.',
      answer: json(versionDiff, 'Packages, layers, settings, software and size.'),
    },
  },
}
