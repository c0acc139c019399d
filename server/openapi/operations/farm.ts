import { health, signingKeys } from '#contract/wire/answers/access.ts'
import { aboutFarm } from '#contract/wire/answers/farm.ts'
import { overview } from '#contract/wire/answers/overview.ts'
import { registry } from '#contract/wire/answers/registry.ts'
import { z } from 'zod'
import { empty, json, raw, type Resource } from '../operation.ts'

export const farm: Resource = {
  name: 'Farm',
  description: 'The farm itself: its registry, its keys and its health.',
  operations: {
    'GET /api/overview': {
      id: 'getOverview',
      summary: 'Tell how builds have fared lately',
      description: 'Those of the caller’s projects; all of them for operators.',
      answer: json(overview, 'The whole time, and its 24 parts.'),
    },
    'GET /api/farm': {
      id: 'getFarm',
      summary: 'Tell what the server is, and whether it reaches Temporal',
      description:
        'For whoever looks after the farm, such as `kiln doctor`: its version, its clock, and how many workers there are.',
      answer: json(aboutFarm, 'All of it, also where Temporal does not answer.'),
    },
    'GET /api/registry': {
      id: 'getRegistry',
      summary: 'Show the registry of the farm',
      answer: json(registry, 'What it is, what it can, and whether it takes pushes.'),
    },
    'GET /api/signing-keys': {
      id: 'listSigningKeys',
      summary: 'List the public keys by which images are signed',
      answer: json(signingKeys, 'All keys, those that are withdrawn too.'),
    },
    'GET /api/events': {
      id: 'followChanges',
      summary: 'Follow what changes in the farm',
      description:
        'Server-sent events `changed` (FarmChange): ids of builds and environments that the caller reads, and hints that there may be news of images or of the fleet. The first has `missed`: whatever was read before is to be read again.',
      answer: raw('text/event-stream', 'The events.'),
    },
    'POST /api/webhooks/harbor': {
      id: 'tellHarborEvent',
      summary: 'Where Harbor tells what has happened in it',
      description: 'With the secret that `kiln harbor setup` has given it as a bearer token.',
      answer: empty('What it names is looked at soon.'),
      takes: ['application/json', 'application/cloudevents+json'],
    },
    'GET /healthz': {
      id: 'getHealth',
      summary: 'Tell whether the process answers',
      answer: json(health, 'It does.'),
      open: true,
    },
    'GET /readyz': {
      id: 'getReadiness',
      summary: 'Tell whether the server can do its work',
      answer: json(health, 'It can.'),
      refusals: ['unavailable'],
      open: true,
    },
    'GET /api/openapi.json': {
      id: 'getDescription',
      summary: 'This description',
      answer: json(z.record(z.string(), z.unknown()), 'OpenAPI 3.1.'),
      open: true,
    },
    'GET /api/docs': {
      id: 'showDescription',
      summary: 'The same as a page to read and try',
      answer: raw('text/html', 'A page.'),
      open: true,
    },
    'GET /api/docs/:file': {
      id: 'getDocsFile',
      summary: 'Scripts and styles of that page',
      answer: raw('application/octet-stream', 'A file.'),
      open: true,
    },
  },
}
