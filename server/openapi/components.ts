import { z } from 'zod'
import type { ZodOpenApiComponentsObject } from 'zod-openapi'
import { problems } from '#contract/problem.ts'
import * as access from '#contract/wire/answers/access.ts'
import * as audit from '#contract/wire/answers/audit.ts'
import * as build from '#contract/wire/answers/build.ts'
import * as buildEvent from '#contract/wire/answers/build-event.ts'
import * as context from '#contract/wire/answers/context.ts'
import * as environment from '#contract/wire/answers/environment.ts'
import * as image from '#contract/wire/answers/image.ts'
import * as node from '#contract/wire/answers/node.ts'
import * as overview from '#contract/wire/answers/overview.ts'
import * as project from '#contract/wire/answers/project.ts'
import * as queue from '#contract/wire/answers/queue.ts'
import * as registry from '#contract/wire/answers/registry.ts'
import * as session from '#contract/wire/answers/session.ts'
import * as webhook from '#contract/wire/answers/webhook.ts'
import { problemAnswer } from '#contract/wire/answers/problem.ts'

export const problemType = 'application/problem+json'

const answers = [
  access,
  audit,
  build,
  buildEvent,
  context,
  environment,
  image,
  node,
  overview,
  project,
  queue,
  registry,
  session,
  webhook,
]

/** The schemas of answers by the names of their exports, so that one that several answers hold is told once. */
const named = Object.fromEntries(
  answers.flatMap((module) =>
    Object.entries(module).flatMap(([name, schema]) =>
      schema instanceof z.ZodType
        ? [[`${name.charAt(0).toUpperCase()}${name.slice(1)}`, schema] as const]
        : [],
    ),
  ),
)

const problem = problemAnswer.extend({
  code: z.string().meta({
    description: 'Stable, for programs. Those that there are by now are in the examples.',
    examples: Object.keys(problems),
  }),
})

export const components: ZodOpenApiComponentsObject = {
  schemas: { ...named, Problem: problem },
  responses: {
    Problem: {
      description:
        'Why the request was not granted. Among those of any route: `invalid_request` names each field that is wrong; `unauthenticated`, `forbidden`, `not_found` also for what the caller may not see; `rate_limited` with `retry-after`.',
      content: {
        [problemType]: {
          schema: problem,
          example: {
            type: 'urn:kiln:problem:dockerfile_invalid',
            title: problems.dockerfile_invalid.title,
            status: problems.dockerfile_invalid.status,
            code: 'dockerfile_invalid',
            errors: [{ line: 3, message: 'Unknown instruction: RUNN' }],
          },
        },
      },
    },
  },
  securitySchemes: {
    token: {
      type: 'http',
      scheme: 'bearer',
      description:
        'A token of `POST /api/tokens`. A server on loopback that was given no token lets everybody on the machine in.',
    },
  },
}
