import { cancelledMany, farmQueue, queuePage, queueShare } from '#contract/wire/answers/queue.ts'
import { json, type Resource } from '../operation.ts'

const ofProject = '/api/projects/:project/queue'

export const queue: Resource = {
  name: 'Queue',
  description: 'Builds that wait for a node, and in which order they go.',
  operations: {
    'GET /api/queue': {
      id: 'getQueue',
      summary: 'List the builds that wait',
      description:
        'In the order in which they will go, each with position, reason and when it may start.',
      answer: json(queuePage, 'One page of builds, with how many run and may run.'),
    },
    'PATCH /api/queue': {
      id: 'changeQueue',
      summary: 'Change how many builds run at once',
      description:
        'For operators. `max_running` of all builds, `max_running_per_user` of those of each user, in all projects together; `null` takes a limit away.',
      answer: json(farmQueue, 'The queue as it is now.'),
      example: { max_running: 40, max_running_per_user: 8 },
    },
    'POST /api/queue/pause': {
      id: 'pauseQueue',
      summary: 'Place no more builds',
      description: 'For operators. What runs goes on.',
      answer: json(farmQueue, 'The queue as it is now.'),
      example: { reason: 'the registry is being moved' },
    },
    'POST /api/queue/resume': {
      id: 'resumeQueue',
      summary: 'Place builds again',
      description: 'For operators.',
      answer: json(farmQueue, 'The queue as it is now.'),
    },
    'POST /api/queue/cancel': {
      id: 'cancelMany',
      summary: 'Cancel many waiting builds',
      description:
        'For operators. Without `at_most` it says how many are meant, and cancels none. `202` when it cancels.',
      answer: json(cancelledMany, 'How many were meant, and cancelled.'),
      refusals: ['more_than_expected'],
      example: { filter: { project: 'team-a', waited_seconds: 86_400 }, at_most: 20 },
    },
    [`GET ${ofProject}`]: {
      id: 'getProjectQueue',
      summary: "Show a project's part in the queue",
      answer: json(queueShare, 'Its weight, and how many of its builds run and may run.'),
    },
    [`PATCH ${ofProject}`]: {
      id: 'changeProjectQueue',
      summary: "Change a project's part in the queue",
      description:
        'For operators. `max_running` of all its builds, `max_running_per_user` of those of each user in it; `null` takes a limit away.',
      answer: json(queueShare, 'Its part as it is now.'),
      example: { weight: 3, max_running_per_user: 4 },
    },
    [`PATCH ${ofProject}/users/:user`]: {
      id: 'changeUserTurns',
      summary: 'Change what a user gets of a project',
      description:
        'For admins of the project. A user of weight 2 gets twice what one of weight 1 gets while both wait.',
      answer: json(queueShare, "The project's part as it is now."),
      refusals: ['user_unknown'],
      example: { weight: 2 },
    },
    [`POST ${ofProject}/pause`]: {
      id: 'pauseProjectQueue',
      summary: 'Place no more builds of a project',
      description: 'For operators.',
      answer: json(queueShare, 'Its part as it is now.'),
      example: {},
    },
    [`POST ${ofProject}/resume`]: {
      id: 'resumeProjectQueue',
      summary: 'Place builds of a project again',
      description: 'For operators.',
      answer: json(queueShare, 'Its part as it is now.'),
    },
  },
}
