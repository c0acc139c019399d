import type { BuildPlan } from '#contract/build.ts'
import { buildOptions } from '#contract/wire/build-options.ts'

/** A plan as the server gives it for a build that asks for these options. */
export function examplePlan(options: object = {}, rest: Partial<BuildPlan> = {}): BuildPlan {
  return {
    build_id: 'build-1',
    attempt: 1,
    project: 'default',
    dockerfile: 'FROM a\n\nRUN make\n',
    added_lines: 0,
    next_line: 0,
    options: buildOptions.parse(options),
    bases: [],
    gpu_policy: { mode: 'allow_unverified' },
    context: null,
    contexts: {},
    secrets: [],
    ssh: [],
    registry: {
      host: 'h:1',
      repository: 'h:1/kiln/a',
      cache: 'h:1/kiln/cache/default/a:latest',
      insecure: false,
      username: 'u',
      secret: 'hunter2hunter2',
    },
    ...rest,
  }
}
