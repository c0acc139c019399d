import {
  compatibility,
  imageDeletion,
  imageDetail,
  imageSummary,
  listedImage,
  move,
  movePage,
  retentionPreview,
  retentionResult,
  rolledBack,
} from '#contract/wire/answers/image.ts'
import { buildAccepted, buildsAccepted, preview } from '#contract/wire/answers/build.ts'
import { page } from '#contract/wire/answers/page.ts'
import { z } from 'zod'
import { json, repeatHeader, type Resource } from '../operation.ts'
import { exampleDockerfile } from './examples.ts'

const listedPage = page.extend({ images: z.array(z.union([imageSummary, listedImage])) })
const one = '/api/images/:id{[0-9]+}'

export const images: Resource = {
  name: 'Images',
  description: 'The library: names that point at versions, and what moves or deletes them.',
  operations: {
    'GET /api/images': {
      id: 'listImages',
      summary: 'List the library',
      description:
        'By id. Private images are listed only with `project`, `usable_by`, `detail` or their exact `name`.',
      answer: json(listedPage, 'One page of images.'),
      refusals: ['project_unknown'],
    },
    [`GET ${one}`]: {
      id: 'getImage',
      summary: 'Show an image',
      answer: json(
        imageDetail,
        'The image, with how the version that its name points at was verified.',
      ),
    },
    [`PATCH ${one}`]: {
      id: 'changeImage',
      summary: 'Change what is told of an image, and who reads it',
      description:
        'What is absent stays as it is. Visibility and shares take an admin of its project, the rest a builder.',
      answer: json(imageDetail, 'The image as it is now.'),
      refusals: ['image_private', 'project_unknown'],
      example: { description: 'CUDA 12.8 with PyTorch', visibility: 'public' },
    },
    [`DELETE ${one}`]: {
      id: 'deleteImage',
      summary: 'Delete an image with all of its versions',
      description:
        'For `grace_seconds` it can be undone. Refused with the reason while one is in use.',
      answer: json(
        imageDeletion,
        'How many versions are to go, and until when that can be undone.',
        202,
      ),
      refusals: ['official_name', 'in_use', 'version_deleted'],
    },
    [`POST ${one}/restore`]: {
      id: 'restoreImage',
      summary: 'Undo the deletion of an image',
      answer: json(imageDeletion, 'It stays.'),
      refusals: ['deletion_begun'],
    },
    [`GET ${one}/compatibility`]: {
      id: 'getCompatibility',
      summary: 'Tell on which kinds of GPU nodes a version runs',
      description:
        'As it was measured there, else computed from its files, with the farm as it is now; with the smallest change that would help.',
      answer: json(compatibility, 'A verdict for each kind of GPU node.'),
    },
    [`GET ${one}/moves`]: {
      id: 'listMoves',
      summary: 'List where the name has pointed',
      answer: json(movePage, 'One page of moves, newest first.'),
    },
    [`GET ${one}/moves/:move{[0-9]+}`]: {
      id: 'getMove',
      summary: 'Show one move of the name',
      answer: json(move, 'The move; its state says whether it has happened.'),
    },
    [`POST ${one}/rollback`]: {
      id: 'rollBack',
      summary: 'Move the name to another version, back or forth',
      answer: json(rolledBack, 'The move, which happens soon.', 202),
      refusals: ['version_current', 'version_deleted', 'version_unfit', 'move_pending'],
      example: { version: 3, reason: 'version 4 breaks NCCL' },
    },
    [`GET ${one}/retention`]: {
      id: 'previewRetention',
      summary: 'Tell which versions would go by a rule',
      answer: json(retentionPreview, 'Each version with why it goes or stays.'),
    },
    [`POST ${one}/retention`]: {
      id: 'runRetention',
      summary: 'Delete the versions that go by a rule',
      description: 'Refused when the rule lets others go by now than those that are named.',
      answer: json(retentionResult, 'What became of each.', 202),
      refusals: ['retention_changed'],
      example: { keep: 10, days: 30, versions: [1, 2] },
    },
    [`POST ${one}/builds`]: {
      id: 'buildOfficialImage',
      summary: 'Build an official image from the Dockerfile that Kiln carries for it',
      answer: json(buildAccepted, 'The build is queued.', 202),
      headers: repeatHeader,
      refusals: ['name_in_flight', 'key_reused'],
    },
    'POST /api/images/build/batch': {
      id: 'submitBuilds',
      summary: 'Submit many builds',
      description:
        'In one transaction. What is wrong with one is told of that one and holds up no other; of a quota those get what is left that come first. With an `Idempotency-Key` a copy is answered as the first was, if that has accepted any.',
      headers: repeatHeader,
      answer: json(buildsAccepted, 'What became of each, in their order.', 202),
      refusals: ['key_reused'],
      example: { builds: [{ name: 'hello:1.0', dockerfile: 'FROM busybox:1.36\n' }] },
    },
    'POST /api/images/build': {
      id: 'submitBuild',
      summary: 'Submit a build',
      description:
        'From a Dockerfile, from lists of packages on a base, or from the lock of a version. A mistake in a Dockerfile is answered with its line before anything is queued.',
      answer: json(buildAccepted, 'The build is queued. Follow its log by the id.', 202),
      refusals: [
        'invalid_name',
        'dockerfile_invalid',
        'packages_invalid',
        'base_unreadable',
        'context_unknown',
        'secret_unknown',
        'no_node_for_platform',
        'name_in_flight',
        'name_taken',
        'quota_builds_queued',
        'quota_images',
        'quota_gpu_minutes',
        'quota_registry_bytes',
        'key_reused',
      ],
      headers: repeatHeader,
      example: {
        name: 'hello:1.0',
        dockerfile: exampleDockerfile,
        description: 'my first image',
      },
    },
    'POST /api/images/preview': {
      id: 'previewBuild',
      summary: 'Show what would be built',
      description: 'Takes the body of a submit; `name` is not needed, and nothing is kept.',
      answer: json(preview, 'The Dockerfile, and what of it does not fit the base or the farm.'),
      refusals: ['dockerfile_invalid', 'packages_invalid', 'base_unreadable'],
      example: { base_image: 'ubuntu:24.04', packages: { apt: ['jq'], pip: ['numpy==2.3.4'] } },
    },
  },
}
