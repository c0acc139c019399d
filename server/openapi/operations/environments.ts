import {
  environmentEvents,
  environmentPage,
  portTicket,
  savePreview,
  saveRecipe,
  shownEnvironment,
} from '#contract/wire/answers/environment.ts'
import { volumePage } from '#contract/wire/answers/volume.ts'
import { buildAccepted } from '#contract/wire/answers/build.ts'
import { empty, json, raw, repeatHeader, type Resource } from '../operation.ts'

const one = '/api/environments/:id'

export const environments: Resource = {
  name: 'Environments',
  description: 'Containers that people start from a version of an image.',
  operations: {
    'POST /api/environments': {
      id: 'createEnvironment',
      summary: 'Start a container from a version',
      description: 'By its digest, on a node that it is known to run on.',
      answer: json(shownEnvironment, 'The environment, which waits for a node.', 202),
      refusals: [
        'environment_unfit',
        'version_deleted',
        'quota_environments',
        'quota_environment_gpus',
        'quota_gpu_minutes',
        'quota_volume_bytes',
        'key_reused',
      ],
      headers: repeatHeader,
      example: {
        image: 'hello:1.0',
        gpu: true,
        ports: [8888],
        volumes: [{ volume: 'datasets', path: '/data', read_only: true }],
        idle_seconds: 3600,
      },
    },
    'GET /api/environments': {
      id: 'listEnvironments',
      summary: 'List environments',
      answer: json(environmentPage, 'One page of environments, newest first.'),
    },
    'GET /api/volumes': {
      id: 'listVolumes',
      summary: 'List the volumes that nodes offer to environments',
      answer: json(volumePage, 'One page of volumes, by name.'),
    },
    [`GET ${one}`]: {
      id: 'getEnvironment',
      summary: 'Show an environment',
      answer: json(shownEnvironment, 'The environment, with its state and why.'),
    },
    [`GET ${one}/events`]: {
      id: 'listEnvironmentEvents',
      summary: 'List what has happened to an environment',
      answer: json(environmentEvents, 'One page of events, newest first.'),
    },
    [`POST ${one}/save-preview`]: {
      id: 'previewSave',
      summary: 'Show what saving an environment would put into an image, and what not',
      answer: json(savePreview, 'What it has written, and whether there is room.'),
      refusals: ['environment_active', 'environment_resting', 'environment_unreachable'],
      example: { drop: ['/scratch'] },
    },
    [`POST ${one}/recipe`]: {
      id: 'proposeRecipe',
      summary: 'Propose a build of the packages that have come to an environment',
      description: 'Nothing is stored: `base_image` and `packages` can be submitted as they are.',
      answer: json(saveRecipe, 'The lists, and what such a build would not have.'),
      refusals: ['environment_active', 'environment_resting', 'environment_unreachable'],
      example: {},
    },
    [`POST ${one}/save`]: {
      id: 'saveEnvironment',
      summary: 'Save what an environment has written as a version of an image',
      description: 'A build like any other, on the node of the environment; a same one is joined.',
      answer: json(buildAccepted, 'The id of the build that saves it.', 202),
      headers: repeatHeader,
      refusals: [
        'invalid_name',
        'name_in_flight',
        'name_taken',
        'official_name',
        'stale_start',
        'too_many_layers',
        'environment_unreachable',
      ],
      example: { name: 'hello:tuned', drop: ['/scratch'], config: { cmd: ['python', 'serve.py'] } },
    },
    [`POST ${one}/ports/:port{[0-9]+}/ticket`]: {
      id: 'openPort',
      summary: 'Let a browser to a port of an environment',
      description: 'The address is good for a minute; the browser keeps a cookie of that host.',
      answer: json(portTicket, 'Where the browser is to go.', 201),
      refusals: ['ports_off'],
    },
    [`POST ${one}/stop`]: {
      id: 'stopEnvironment',
      summary: 'Stop an environment',
      answer: json(shownEnvironment, 'It is being stopped; its files stay.', 202),
      refusals: ['environment_resting'],
    },
    [`POST ${one}/start`]: {
      id: 'startEnvironment',
      summary: 'Start a stopped environment again with its files',
      answer: json(shownEnvironment, 'It waits for its node.', 202),
      refusals: [
        'environment_active',
        'quota_environment_gpus',
        'quota_gpu_minutes',
        'quota_volume_bytes',
      ],
    },
    [`DELETE ${one}`]: {
      id: 'deleteEnvironment',
      summary: 'Delete a stopped environment with its files',
      answer: empty('It is gone.'),
      refusals: ['environment_active'],
    },
    [`GET ${one}/logs`]: {
      id: 'followEnvironmentLog',
      summary: 'Follow what an environment prints',
      answer: raw('text/event-stream', 'Server-sent events with a `text` each.'),
      refusals: ['environment_unreachable'],
    },
    [`GET ${one}/exec`]: {
      id: 'openTerminal',
      summary: 'Open a terminal in an environment',
      description: 'As a WebSocket: a request without an upgrade is refused.',
      answer: raw('application/octet-stream', 'What the terminal prints, once upgraded.'),
      refusals: ['environment_resting', 'environment_unreachable'],
    },
  },
}
