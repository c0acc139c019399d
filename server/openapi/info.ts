import { failures } from '#contract/failure.ts'
import { problems } from '#contract/problem.ts'

const refused = Object.entries(problems).map(
  ([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`,
)

const failed = Object.entries(failures).map(
  ([code, { actor, retry, message, advice }]) =>
    `| \`${code}\` | ${actor} | ${retry ? 'yes' : 'no'} | ${message} | ${advice} |`,
)

/** What is said of the API as a whole; the tables of errors are those by which the server answers. */
export const info = {
  title: 'Kiln',
  version: '1',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  description: [
    'An image service for GPU clusters: builds images, proves on a GPU that CUDA works in them, publishes them, and starts environments from them.',
    'Times are RFC 3339 in UTC, sizes are bytes and durations milliseconds. Every list takes `limit` and answers `next_cursor` where there is another page, which is asked for as `cursor`.',
    'Answers may have more fields than are told here: a client ignores what it does not know. Requests may not: a field that is not known is refused.',
    '## Errors',
    'Errors are `application/problem+json` with a stable `code`.',
    ['| code | status | means |', '|---|---|---|', ...refused].join('\n'),
    '## Failed builds',
    'The `failure` of a build has a stable `code`, says who must act, and whether the farm has tried again by itself.',
    [
      '| code | who acts | tried again | means | what to do |',
      '|---|---|---|---|---|',
      ...failed,
    ].join('\n'),
  ].join('\n\n'),
} as const
