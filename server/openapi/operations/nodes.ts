import { nodeImages, nodeUpgrade } from '#contract/wire/answers/image.ts'
import { joinToken, nodeChanges, nodePage, shownNode } from '#contract/wire/answers/node.ts'
import { empty, json, type Resource } from '../operation.ts'

const one = '/api/nodes/:id'

export const nodes: Resource = {
  name: 'Nodes',
  description: 'The machines that build, verify and run environments.',
  operations: {
    'GET /api/nodes': {
      id: 'listNodes',
      summary: 'List nodes',
      answer: json(nodePage, 'One page of nodes with their GPUs, and what is wrong with these.'),
    },
    [`GET ${one}`]: {
      id: 'getNode',
      summary: 'Show a node',
      answer: json(shownNode, 'The node, with how its GPUs have changed.'),
    },
    [`GET ${one}/images`]: {
      id: 'listNodeImages',
      summary: 'List which images run on a node, and why not',
      answer: json(nodeImages, 'One page of the library.'),
    },
    [`GET ${one}/changes`]: {
      id: 'listNodeChanges',
      summary: 'List how the GPUs and driver of a node have changed',
      answer: json(nodeChanges, 'One page of changes, newest first.'),
    },
    [`GET ${one}/upgrade`]: {
      id: 'previewUpgrade',
      summary: 'Tell what another driver would mean for the library',
      description: 'For operators.',
      answer: json(nodeUpgrade, 'Images that would begin or stop to run.'),
      refusals: ['node_without_gpu'],
    },
    [`POST ${one}/drain`]: {
      id: 'drainNode',
      summary: 'Let a node take no more builds and environments',
      description: 'For operators. What it has goes on; `drain.done` says when none is left.',
      answer: json(shownNode, 'The node.'),
      example: { reason: 'a new driver' },
    },
    [`POST ${one}/resume`]: {
      id: 'resumeNode',
      summary: 'Let a drained node take work again',
      description: 'For operators.',
      answer: json(shownNode, 'The node.'),
    },
    [`POST ${one}/cordon`]: {
      id: 'cordonNode',
      summary: 'Let a node have nothing new until it is uncordoned',
      description: 'For operators. What it has it keeps, whoever drains and resumes it meanwhile.',
      answer: json(shownNode, 'The node.'),
      example: { reason: 'a noisy fan' },
    },
    [`POST ${one}/uncordon`]: {
      id: 'uncordonNode',
      summary: 'Let a cordoned node take work again',
      description: 'For operators.',
      answer: json(shownNode, 'The node.'),
    },
    [`DELETE ${one}`]: {
      id: 'removeNode',
      summary: 'Take a node out of the farm',
      description:
        'For operators. It is shut out, and none of its GPUs count; its row stays for what was built there. It comes back by joining anew.',
      answer: empty('It is out.'),
      refusals: ['node_busy'],
    },
    'POST /api/nodes/tokens': {
      id: 'createJoinToken',
      summary: 'Make a token that lets one node in, once',
      description: 'For operators.',
      answer: json(joinToken, 'The token, which is not answered again.', 201),
      example: { minutes: 15 },
    },
    [`POST ${one}/revoke`]: {
      id: 'revokeNode',
      summary: 'Shut a node out',
      description: 'For operators. It is lost at once, and its builds go on elsewhere.',
      answer: empty('It is out.'),
    },
  },
}
